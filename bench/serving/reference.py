"""Reference (c): the usual Python service. FastAPI on uvicorn (httptools, uvloop where they are installed), one worker: one
prepared statement through asyncpg and one run of onnxruntime for each request; nothing is batched, checked or logged.

Reads one JSON object from standard input: url, model (base64), numeric, categorical, name, version, threshold.
Writes its port, then serves until standard input ends. Needs fastapi, uvicorn, asyncpg, numpy, onnxruntime.
"""
import asyncio
import base64
import json
import socket
import sys
from contextlib import asynccontextmanager

import asyncpg
import numpy
import onnxruntime
import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

SQL = """
select a.*, b.*, c.*, d.* from unnest($1::text[]) asked(user_id)
left join subs_profile_online a using (user_id) left join usage_agg_30d_online b using (user_id)
left join payments_agg_90d_online c using (user_id) left join support_agg_90d_online d using (user_id)"""

given = json.loads(sys.stdin.readline())
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(
    base64.b64decode(given["model"]), options, providers=["CPUExecutionProvider"]
)
numeric, categorical = given["numeric"], given["categorical"]
version = {"name": given["name"], "version": given["version"]}


class Asked(BaseModel):
    user_id: str


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.pool = await asyncpg.create_pool(
        given["url"], min_size=4, max_size=4, server_settings={"plan_cache_mode": "force_generic_plan"}
    )
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)


@app.post("/predict")
async def predict(asked: Asked):
    row = await app.state.pool.fetchrow(SQL, [asked.user_id])
    if row is None or row["as_of"] is None:
        raise HTTPException(404, "no features")
    values = [float("nan") if row[name] is None else float(row[name]) for name in numeric]
    feeds = {"numeric": numpy.array([values], dtype=numpy.float32)}
    for name in categorical:
        feeds[name] = numpy.array([[row[name] or ""]], dtype=object)
    probability = float(session.run(["probability"], feeds)[0].ravel()[-1])
    return {
        "user_id": asked.user_id,
        "prediction": int(probability >= given["threshold"]),
        "probability": probability,
        "model": version,
        "features_used": {name: row[name] for name in [*numeric, *categorical]},
    }


async def main() -> None:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.02)
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


asyncio.run(main())
