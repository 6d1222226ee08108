"""Writes down what tritonclient sends, for tests/interop/inference.test.ts: its requests about two users of the test deployment.

.clients/triton/bin/python tests/interop/recorded/record_triton.py > tests/interop/recorded/tritonclient.json
"""
import base64, http.server, json, threading
from importlib.metadata import version

import numpy
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException, triton_to_np_dtype

recorded = []


class Recorder(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        kept = {name.lower(): value for name, value in self.headers.items() if name.lower() not in ("host", "content-length")}
        recorded.append({"path": self.path, "headers": kept, "body": base64.b64encode(body).decode()})
        self.send_response(400)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = triton.InferenceServerClient(f"127.0.0.1:{server.server_port}")

nan = float("nan")
# What the small delivery of the tests has of U-00001 and U-00003.
FEATURES = {
    "months_active": ("INT64", [1, 3]),
    "monthly_fee": ("FP64", [21.5, 23.5]),
    "paperless_billing": ("BOOL", [True, True]),
    "plan_stream_tv": ("FP64", [0, nan]),
    "plan_stream_movies": ("BOOL", [True, True]),
    "net_service": ("BYTES", [b"DSL", b"DSL"]),
    "watch_hours_30d": ("FP64", [1.125, 3.125]),
    "avg_session_mins_7d": ("FP32", [29.5, 29.5]),
    "unique_devices_30d": ("INT32", [2, 1]),
    "skips_7d": ("UINT8", [1, 3]),
    "rebuffer_events_7d": ("INT16", [1, 3]),
    "failed_payments_90d": ("UINT64", [1, 1]),
    "support_tickets_90d": ("INT64", [1, 3]),
    "ticket_avg_resolution_hrs_90d": ("FP16", [1.5, 3.5]),
}


def tensor(name, datatype, values, binary, column):
    array = numpy.array(values, dtype=triton_to_np_dtype(datatype))
    if column:
        array = array.reshape(-1, 1)
    made = triton.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array, binary_data=binary)
    return made


def features(binary, column=False):
    # FP16 has no form in JSON.
    return [tensor(name, "FP32" if datatype == "FP16" and not binary else datatype, values, binary, column) for name, (datatype, values) in FEATURES.items()]


def record(what, inputs, **more):
    try:
        client.infer("churn", inputs, **more)
    except InferenceServerException:
        pass
    recorded[-1]["what"] = what


keys = [b"U-00001", b"U-00003"]
record("features in JSON, NaN among them", features(False), request_id="r-1")
record("features as raw bytes", features(True), request_id="r-2")
record("columns as raw bytes", features(True, column=True))
record("gzip both ways", features(True), request_compression_algorithm="gzip", response_compression_algorithm="gzip")
record("deflate both ways", features(False), request_compression_algorithm="deflate", response_compression_algorithm="deflate")
outputs = [triton.InferRequestedOutput("prediction", binary_data=False), triton.InferRequestedOutput("probability", binary_data=True)]
record("named outputs, one of them raw", features(True), outputs=outputs)
record("keys in JSON", [tensor("user_id", "BYTES", keys, False, True)])
record("keys as raw bytes, a version", [tensor("user_id", "BYTES", keys, True, False)], model_version="1")
print(json.dumps({"client": f"tritonclient {version('tritonclient')}", "requests": recorded}, indent=1))
