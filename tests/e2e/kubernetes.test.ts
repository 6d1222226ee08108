import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { readConfig } from "../../src/process/config.js";
import { type Manifest, manifestProblems } from "../support/kubernetes-schema.js";

const FOLDER = "ops/kubernetes";
const read = (name: string) => readFileSync(`${FOLDER}/${name}`, "utf8");

interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string; optional?: boolean } };
}
interface Container {
  env: Variable[];
  ports: { name: string; containerPort: number }[];
  [field: string]: unknown;
}
interface Deployed extends Manifest {
  spec: {
    replicas?: number;
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string> };
      spec: { terminationGracePeriodSeconds: number; containers: [Container]; [field: string]: unknown };
    };
  };
}

/** What a Secret would hold. */
const SECRETS: Record<string, string> = {
  DATABASE_URL: "postgres://asof:secret@pooler:6432/asof",
  DATABASE_DIRECT_URL: "postgres://asof:secret@db:5432/asof",
  DATABASE_READ_URL: "postgres://asof:secret@standby:5432/asof",
  REDIS_URL: "redis://a:7000,b:7000,c:7000",
  ASOF_ADMIN_TOKEN: "t".repeat(32),
};

describe("ops/kubernetes", () => {
  let kustomization: { resources: string[]; configMapGenerator: { name: string; literals: string[] }[] };
  let manifests: Manifest[];
  const found = <T extends Manifest>(kind: string, name: string) =>
    structuredClone(manifests.find((one) => one.kind === kind && one.metadata.name === name)) as T;
  const deployed = () => ["asof-api", "asof-worker"].map((name) => found<Deployed>("Deployment", name));
  const container = ({ spec }: Deployed) => spec.template.spec.containers[0];
  /** As the process gets it. */
  const environment = (of: Deployed) => ({
    ...Object.fromEntries(kustomization.configMapGenerator[0]!.literals.map((line) => line.split("=", 2))),
    ...Object.fromEntries(
      container(of).env.map(({ name, value, valueFrom }) => [
        name,
        value ?? SECRETS[valueFrom!.secretKeyRef.key],
      ]),
    ),
  });
  beforeAll(() => {
    kustomization = parse(read("kustomization.yaml"));
    manifests = kustomization.resources.flatMap((name) =>
      parseAllDocuments(read(name)).map((document) => document.toJS()),
    );
  });

  it("is what Kubernetes' schemas and types allow, every file of it", () => {
    const files = readdirSync(FOLDER).filter((name) => name !== "kustomization.yaml");
    expect(kustomization.resources.toSorted()).toEqual(files.toSorted());
    expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "Service asof",
      "Deployment asof-api",
      "HorizontalPodAutoscaler asof-api",
      "PodDisruptionBudget asof-api",
      "Deployment asof-worker",
    ]);
    expect(manifestProblems(manifests)).toEqual([]);
  });

  it("would be refused with a field that is unknown, or a value of no unit", () => {
    const [api, worker] = deployed();
    container(api!).livenessProb = {};
    container(worker!).resources = { requests: { memory: "much" } };
    expect(manifestProblems([api!, worker!])).toEqual([
      expect.stringMatching(/^Deployment asof-worker: .*requests\/memory must match format "quantity"/),
      expect.stringMatching(/'"livenessProb"' does not exist in type 'IContainer'/),
    ]);
  });

  it("gives each process a configuration that it accepts, every address and token from a Secret", () => {
    for (const [n, role] of (["api", "worker"] as const).entries()) {
      const of = deployed()[n]!;
      expect(readConfig(environment(of))).toMatchObject({
        role,
        host: "0.0.0.0",
        home: "/var/lib/asof",
        databaseUrl: SECRETS.DATABASE_DIRECT_URL,
        pooledUrl: SECRETS.DATABASE_URL,
        readUrl: SECRETS.DATABASE_READ_URL,
        onlineStoreUrl: SECRETS.REDIS_URL,
      });
      const secret = container(of).env.filter(({ name }) => /URL|TOKEN/.test(name));
      expect(secret.map(({ name }) => name)).toEqual(Object.keys(SECRETS));
      for (const { name, value, valueFrom } of secret) {
        expect(value).toBeUndefined();
        expect(valueFrom!.secretKeyRef).toMatchObject({ name: "asof", key: name });
      }
    }
  });

  it("leaves a process the time that it takes to stop", () => {
    for (const of of deployed()) {
      const { shutdown } = readConfig(environment(of));
      expect(of.spec.template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(shutdown.timeoutMs);
      expect(shutdown.drainMs).toBeGreaterThanOrEqual(3_000);
    }
  });

  it("asks where the process listens, and restarts none because the database is away", () => {
    for (const of of deployed()) {
      const { ports, startupProbe, readinessProbe, livenessProbe } = container(of);
      expect(ports).toEqual([{ name: "http", containerPort: readConfig(environment(of)).port }]);
      expect(startupProbe).toMatchObject({ httpGet: { path: "/live", port: "http" } });
      expect(readinessProbe).toMatchObject({ httpGet: { path: "/ready", port: "http" } });
      expect(livenessProbe).toMatchObject({
        httpGet: { path: "/live", port: "http" },
        periodSeconds: 10,
        failureThreshold: 6,
      });
    }
  });

  it("runs as the image's user, who may write to asof's home and to /tmp alone", () => {
    for (const of of deployed()) {
      expect(of.spec.template.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
        volumes: [
          { name: "home", emptyDir: {} },
          { name: "tmp", emptyDir: {} },
        ],
      });
      expect(container(of)).toMatchObject({
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [
          { name: "home", mountPath: environment(of).ASOF_HOME },
          { name: "tmp", mountPath: "/tmp" },
        ],
      });
    }
  });

  it("points the Service, the autoscaler and the budget at the pods that serve", () => {
    const [api, worker] = deployed();
    const { labels } = api!.spec.template.metadata;
    expect(labels).toEqual(api!.spec.selector.matchLabels);
    expect(found("Service", "asof")).toMatchObject({
      spec: { selector: labels, ports: [{ targetPort: "http" }] },
    });
    expect(found("PodDisruptionBudget", "asof-api")).toMatchObject({
      spec: { selector: { matchLabels: labels } },
    });
    expect(found("HorizontalPodAutoscaler", "asof-api")).toMatchObject({
      spec: { scaleTargetRef: { kind: "Deployment", name: "asof-api" }, minReplicas: 2 },
    });
    expect(api!.spec.replicas).toBeUndefined();
    expect(worker!.spec.selector.matchLabels).not.toEqual(labels);
    expect(worker!.spec.template.metadata.labels).toEqual(worker!.spec.selector.matchLabels);
  });
});
