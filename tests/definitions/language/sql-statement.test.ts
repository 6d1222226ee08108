import { describe, expect, it } from "vitest";
import { readStatement } from "../../../src/definitions/language/sql-statement.js";

const problems = (sql: string) => readStatement(sql).problems;

describe("a statement of sql()", () => {
  it.each([
    ["select 1", "select 1"],
    ["select * from t where at <= {asOf}", "select * from t where at <= ($1::date)"],
    ["select {asOf}, {asOf} - 1", "select ($1::date), ($1::date) - 1"],
    ["\n  with x as (select 1) select * from x ; -- done {asOf}\n", "with x as (select 1) select * from x"],
    ["(select 1) union (select 2)", "(select 1) union (select 2)"],
    ["/* {asOf} /* nested */ */ select 'it''s; {x} $1'", "/* {asOf} /* nested */ */ select 'it''s; {x} $1'"],
    ['select "a;{b}" from t', 'select "a;{b}" from t'],
    ["select e'\\';{x}', $tag$;{x}$tag$, $$;$$", "select e'\\';{x}', $tag$;{x}$tag$, $$;$$"],
    ["values (1), (2)", "values (1), (2)"],
    ["select a[1:2], t.note from t -- ; {nothing}", "select a[1:2], t.note from t -- ; {nothing}"],
  ])("%j is sent as %j", (sql, text) => {
    expect(readStatement(sql)).toMatchObject({ text, problems: [] });
  });

  it("says whether it asks for the date", () => {
    expect(readStatement("select {asOf}").usesAsOf).toBe(true);
    expect(readStatement("select 1 -- {asOf}").usesAsOf).toBe(false);
  });

  it.each([
    ["", "must be one query that begins with select, with or values"],
    ["   ", "must be one query that begins with select, with or values"],
    ["delete from t", "must be one query that begins with select, with or values, not with delete"],
    ["copy t to program 'x'", "must be one query that begins with select, with or values, not with copy"],
    ["select 1; select 2", "has something after its semicolon; write one query"],
    ["select 1;; drop table t", "has something after its semicolon; write one query"],
    ["select '{asOf}'", "has {asOf} within quotes; write it without"],
    ["select {as_of}", "has {as_of}; only {asOf} is known"],
    ["select {}", "has {}; only {asOf} is known"],
    ["select $1", "has the parameter $1; write {asOf} for the date"],
    ["select 'open", "has a quote that is never closed"],
    ['select "open', "has a quote that is never closed"],
    ["select 1 /* open /* */", "has a comment that is never closed"],
  ])("%j is refused: it %s", (sql, problem) => {
    expect(problems(sql)).toContain(problem);
  });
});
