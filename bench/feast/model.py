"""An ONNX file as a model that `mlflow models serve` takes: <file> <folder>."""

import sys

import mlflow
import onnx

file, folder = sys.argv[1:]
mlflow.onnx.save_model(onnx.load(file), folder, pip_requirements=["onnxruntime"], save_as_external_data=False)
