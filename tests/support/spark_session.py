"""
One session of Spark for many jobs, where spark-submit would start one for each: most of what a job takes is its start.

    spark-submit … spark_session.py serve SOCKET        keeps the session, until it is killed
    spark_session.py submit SOCKET --conf … JOB FOLDER  as spark-submit: runs the job there, and ends as it ended
"""
import json
import os
import runpy
import socket
import sys
import threading
import time
import traceback


def serve(path):
    from pyspark.sql import SparkSession

    session = SparkSession.builder.appName("tests").getOrCreate()
    # What the jobs do at their end is not the session's end.
    SparkSession.stop = lambda _: session.catalog.clearCache()
    threading.Thread(target=end_with_spark, args=[os._exit, os.getppid()], daemon=True).start()
    os._exit = sys.exit
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        print("listening", flush=True)
        while True:
            connection, _ = listening.accept()
            with connection, connection.makefile("rw") as stream:
                code, said = run(session, json.loads(stream.readline()))
                stream.write(json.dumps([code, said]))


def end_with_spark(end, parent):
    while os.getppid() == parent:
        time.sleep(0.5)
    end(0)


def run(session, arguments):
    job, folder = arguments[-2:]
    for option, value in zip(arguments, arguments[1:]):
        name, _, setting = value.partition("=")
        if option == "--conf" and name.startswith("spark.sql."):
            session.conf.set(name, setting)
    sys.argv = [job, folder]
    try:
        runpy.run_path(job, run_name="__main__")
    except Exception:
        return 1, traceback.format_exc()
    return 0, ""


def submit(path, arguments):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        with connection.makefile("rw") as stream:
            stream.write(json.dumps(arguments) + "\n")
            stream.flush()
            code, said = json.loads(stream.read())
    sys.stderr.write(said)
    return code


if sys.argv[1] == "serve":
    serve(sys.argv[2])
else:
    sys.exit(submit(sys.argv[2], sys.argv[3:]))
