"""Exports a 270M-270M T5Gemma 2 for onnxruntime: `python bench/peers/export.py CHECKPOINT OUT`.

Writes OUT/{f32,q8,q4}/{encoder,decoder}.onnx. The encoder also makes the decoder's keys and values of its output; the decoder takes one
token and its cache, batch 1. Valid below 512 positions, where no decoder window bites. Needs torch, transformers, onnx, onnxruntime.
"""
import os
import sys

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer
from torch import nn
from transformers import T5Gemma2ForConditionalGeneration


def rms(norm, x):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * (1.0 + norm.weight)


def turned(x, turn):
    cos, sin = turn
    half = x.shape[-1] // 2
    return x * cos + torch.cat((-x[..., half:], x[..., :half]), -1) * sin


class Side(nn.Module):
    def __init__(self, config, embedding, layers, norm):
        super().__init__()
        self.config, self.embedding, self.layers, self.norm = config, embedding, layers, norm

    def turns(self, positions):
        def turn(theta):
            frequencies = 1.0 / theta ** (torch.arange(0, self.config.head_dim, 2, dtype=torch.float) / self.config.head_dim)
            angles = positions[:, None].float() * frequencies
            angles = torch.cat((angles, angles), -1)
            return angles.cos(), angles.sin()

        return {kind: turn(rope["rope_theta"]) for kind, rope in self.config.rope_parameters.items()}

    def heads(self, attention, name, x):
        x = getattr(attention, f"{name}_proj")(x)
        x = x.view(1, x.shape[1], -1, self.config.head_dim).transpose(1, 2)
        return x if name == "v" else rms(getattr(attention, f"{name}_norm"), x)

    def layer(self, layer, x, attend):
        mixed = attend(layer.self_attn, rms(layer.pre_self_attn_layernorm, x))
        mixed = layer.self_attn.o_proj(mixed.transpose(1, 2).reshape(1, x.shape[1], -1))
        x = x + rms(layer.post_self_attn_layernorm, mixed)
        h = rms(layer.pre_feedforward_layernorm, x)
        h = layer.mlp.down_proj(F.gelu(layer.mlp.gate_proj(h), approximate="tanh") * layer.mlp.up_proj(h))
        return x + rms(layer.post_feedforward_layernorm, h)


class Encoder(Side):
    def __init__(self, config, embedding, layers, norm, decoder):
        super().__init__(config, embedding, layers, norm)
        self.decoder = decoder

    def forward(self, ids):
        positions = torch.arange(ids.shape[1], device=ids.device)
        turns = self.turns(positions)
        distance = positions[:, None] - positions[None, :]
        before, after = (self.config.sliding_window + 1) // 2, self.config.sliding_window // 2 + 1
        near = ((distance >= 0) & (distance < before)) | ((distance < 0) & (-distance < after))
        window = torch.where(near, 0.0, -1e9)
        x = F.embedding(ids, self.embedding) * self.config.hidden_size**0.5
        for kind, layer in zip(self.config.layer_types, self.layers):

            def attend(attention, h, kind=kind):
                q, k = (turned(self.heads(attention, name, h), turns[kind]) for name in "qk")
                scores = q @ k.transpose(2, 3) * self.config.query_pre_attn_scalar**-0.5
                if kind == "sliding_attention":
                    scores = scores + window
                return scores.softmax(-1) @ self.heads(attention, "v", h)

            x = self.layer(layer, x, attend)
        x = rms(self.norm, x)
        return (x, *(self.heads(layer.self_attn, name, x) for layer in self.decoder.layers for name in "kv"))


class Decoder(Side):
    def forward(self, ids, *past):
        turns = self.turns(torch.arange(1) + past[0].shape[2])
        x = F.embedding(ids, self.embedding) * self.config.hidden_size**0.5
        cache = []
        for index, (kind, layer) in enumerate(zip(self.config.layer_types, self.layers)):
            past_k, past_v, cross_k, cross_v = past[4 * index : 4 * index + 4]

            def attend(attention, h, kind=kind):
                q, k = (turned(self.heads(attention, name, h), turns[kind]) for name in "qk")
                k, v = torch.cat((past_k, k), 2), torch.cat((past_v, self.heads(attention, "v", h)), 2)
                cache.extend((k, v))
                scores = torch.cat((q @ k.transpose(2, 3), q @ cross_k.transpose(2, 3)), -1)
                weights = (scores * self.config.query_pre_attn_scalar**-0.5).softmax(-1)
                own = k.shape[2]
                return weights[..., :own] @ v + weights[..., own:] @ cross_v

            x = self.layer(layer, x, attend)
        return (F.linear(rms(self.norm, x)[:, 0], self.embedding), *cache)


def export(checkpoint, out):
    model = T5Gemma2ForConditionalGeneration.from_pretrained(checkpoint, dtype=torch.float32).eval()
    text, own = model.model.encoder.text_model, model.model.decoder
    decoder = Decoder(own.config, own.embed_tokens.weight, own.layers, own.norm).eval()
    encoder = Encoder(text.config, text.embed_tokens.weight, text.layers, text.norm, decoder).eval()
    ids = torch.randint(3, 4000, (1, 16))
    states, *cross = encoder(ids)
    layers = range(len(own.layers))
    empty = torch.zeros(1, own.config.num_key_value_heads, 0, own.config.head_dim)
    past = [tensor for i in layers for tensor in (empty, empty, cross[2 * i], cross[2 * i + 1])]
    start = torch.tensor([[2]])
    official = model(input_ids=ids, decoder_input_ids=start).logits[:, 0]
    difference = (decoder(start, *past)[0] - official).abs().max() / official.abs().max()
    assert difference < 1e-4, f"the export is not the model: {difference}"
    cross_names = [f"c{kind}{i}" for i in layers for kind in "kv"]
    past_names = [name for i in layers for name in (f"pk{i}", f"pv{i}", f"ck{i}", f"cv{i}")]
    outputs = ["logits"] + [f"{kind}{i}" for i in layers for kind in "kv"]
    save = dict(opset_version=17, dynamo=False)
    axes = {"ids": {1: "S"}, "hidden": {1: "S"}, **{name: {2: "S"} for name in cross_names}}
    torch.onnx.export(encoder, (ids,), f"{out}/f32/encoder.onnx", input_names=["ids"], output_names=["hidden", *cross_names], dynamic_axes=axes, **save)
    axes = {**{name: {2: "P" if name[0] == "p" else "S"} for name in past_names}, **{name: {2: "Q"} for name in outputs[1:]}}
    torch.onnx.export(decoder, (start, *past), f"{out}/f32/decoder.onnx", input_names=["ids", *past_names], output_names=outputs, dynamic_axes=axes, **save)


def quantise(out, name):
    source = f"{out}/f32/{name}.onnx"
    only = ("MatMul", "Gather")
    config = DefaultWeightOnlyQuantConfig(
        block_size=32, is_symmetric=True, accuracy_level=4, op_types_to_quantize=only, quant_axes=(("MatMul", 0), ("Gather", 1))
    )
    quantizer = MatMulNBitsQuantizer(onnx.load(source), algo_config=config)
    quantizer.process()
    model = quantizer.model.model
    axes_as_inputs(model.graph)
    onnx.save(model, f"{out}/q4/{name}.onnx")
    options = {"MatMulConstBOnly": True}
    quantize_dynamic(source, f"{out}/q8/{name}.onnx", weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=list(only), extra_options=options)


def axes_as_inputs(graph):
    """The quantizer raises the opset and leaves reductions with the attribute of the old one."""
    for number, node in enumerate(graph.node):
        axes = next((a for a in node.attribute if a.name == "axes"), None)
        if node.op_type.startswith("Reduce") and axes is not None:
            name = f"axes_{number}"
            graph.initializer.append(numpy_helper.from_array(np.array(list(axes.ints), np.int64), name))
            node.input.append(name)
            node.attribute.remove(axes)


def tie(out):
    """The f32 decoder with one table for embedding and head, as every runtime of the model has it."""
    model = onnx.load(f"{out}/f32/decoder.onnx")
    graph = model.graph
    sizes = {tuple(i.dims): i for i in graph.initializer}
    head = max(graph.initializer, key=lambda i: np.prod(i.dims) if len(i.dims) == 2 and i.dims[0] < i.dims[1] else 0)
    table = sizes[tuple(reversed(head.dims))]
    node = next(node for node in graph.node if head.name in node.input)
    node.op_type = "Gemm"
    node.input[1] = table.name
    node.attribute.append(helper.make_attribute("transB", 1))
    graph.initializer.remove(head)
    onnx.save(model, f"{out}/f32/decoder_tied.onnx")


checkpoint, out = sys.argv[1:]
for kind in ("f32", "q8", "q4"):
    os.makedirs(f"{out}/{kind}", exist_ok=True)
with torch.no_grad():
    export(checkpoint, out)
for name in ("decoder", "encoder"):
    quantise(out, name)
tie(out)
