"""python bench/contestants/torch_native.py FOLDER DTYPE: the official implementation on one thread."""
import json
import sys
import time

import torch
from transformers import T5Gemma2ForConditionalGeneration

folder, dtype = sys.argv[1:]
torch.set_num_threads(1)
torch.set_grad_enabled(False)
begin = time.perf_counter()
model = T5Gemma2ForConditionalGeneration.from_pretrained(folder, dtype={"f32": torch.float32, "bf16": torch.bfloat16}[dtype]).eval()
print(json.dumps({"ready": {"loadMs": 1e3 * (time.perf_counter() - begin)}}), flush=True)


def tokens(count, batch):
    return torch.tensor([[3 + i * 7919 % 3990 for i in range(count)]] * batch)


def encode(order):
    begin = time.perf_counter()
    model.get_encoder()(input_ids=tokens(order["length"], order.get("batch", 1)))
    return {"ms": 1e3 * (time.perf_counter() - begin)}


def decode(order):
    batch = order.get("batch", 1)
    encoded = model.get_encoder()(input_ids=tokens(order.get("length", 128), batch))
    ids = torch.cat([torch.full((batch, 1), 2), tokens(order.get("after", 1) - 1, batch)], 1) if order.get("after", 1) > 1 else torch.full((batch, 1), 2)
    output = model(encoder_outputs=encoded, decoder_input_ids=ids, use_cache=True)
    begin = time.perf_counter()
    for _ in range(order["steps"]):
        ids = output.logits[:, -1:].argmax(-1)
        output = model(encoder_outputs=encoded, decoder_input_ids=ids, past_key_values=output.past_key_values, use_cache=True)
    return {"ms": 1e3 * (time.perf_counter() - begin) / order["steps"]}


for line in sys.stdin:
    order = json.loads(line)
    print(json.dumps({"encode": encode, "decode": decode}[order["what"]](order)), flush=True)
