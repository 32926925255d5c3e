"""python bench/contestants/onnxruntime_native.py EXPORT-FOLDER KIND: native onnxruntime on one thread."""
import json
import os
import sys
import time

import numpy as np
import onnxruntime as ort

folder, kind = sys.argv[1:]
options = ort.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1


def session(name):
    return ort.InferenceSession(os.path.join(folder, kind, name + ".onnx"), options, providers=["CPUExecutionProvider"])


def tokens(count):
    return np.array([[3 + i * 7919 % 249990 for i in range(count)]])


def encode(order):
    begin = time.perf_counter()
    encoder.run(None, {"ids": tokens(order["length"])})
    return {"ms": 1e3 * (time.perf_counter() - begin)}


def decode(order):
    names = [output.name for output in encoder.get_outputs()]
    encoded = dict(zip(names, encoder.run(None, {"ids": tokens(order.get("length", 128))})))
    feeds = {name: value for name, value in encoded.items() if name != "hidden"}
    past = np.zeros((1, 1, order.get("after", 1) - 1, 256), np.float32)
    feeds.update({f"p{kind}{i}": past for kind in "kv" for i in range(18)})
    outputs = [output.name for output in decoder.get_outputs()]
    token = 2
    for step in range(order["steps"] + 1):
        if step == 1:
            begin = time.perf_counter()
        got = dict(zip(outputs, decoder.run(None, {"ids": np.array([[token]]), **feeds})))
        token = int(got.pop("logits").argmax())
        feeds.update({"p" + name: value for name, value in got.items()})
    return {"ms": 1e3 * (time.perf_counter() - begin) / order["steps"]}


begin = time.perf_counter()
encoder, decoder = session("encoder"), session("decoder_tied" if kind == "f32" else "decoder")
print(json.dumps({"ready": {"loadMs": 1e3 * (time.perf_counter() - begin)}}), flush=True)
for line in sys.stdin:
    order = json.loads(line)
    print(json.dumps({"encode": encode, "decode": decode}[order["what"]](order)), flush=True)
