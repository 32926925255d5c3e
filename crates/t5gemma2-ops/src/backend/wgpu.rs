//! WebGPU's implementation: one line an operation.

use burn::backend::Cube;
use burn::backend::tensor::{FloatTensor, IntTensor};

use super::{AttentionSpec, GatherSpec, HeadsSpec, LinearSpec, MergedSpec, NormedSpec, Ops};
use crate::gpu;
use crate::look_back::LookBack;
use crate::sample::Sampling;
use crate::several::{Floats, Ints};
use crate::stored::Stored;

impl Ops for Cube {
    fn linear(
        x: FloatTensor<Self>,
        weights: Stored<Self>,
        mut bias: Floats<Self>,
        spec: LinearSpec,
    ) -> FloatTensor<Self> {
        crate::linear::wgpu::linear(x, &weights.laid_out(gpu::floats), bias.0.pop(), &spec)
    }

    fn normed_linear(
        residual: FloatTensor<Self>,
        mut update: Floats<Self>,
        norms: FloatTensor<Self>,
        weights: Stored<Self>,
        mut bias: Floats<Self>,
        spec: NormedSpec,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (update, bias) = (update.0.pop(), bias.0.pop());
        crate::normed_linear::wgpu::normed_linear(residual, update, norms, &weights, bias, spec)
    }

    fn gather(
        ids: IntTensor<Self>,
        weights: Stored<Self>,
        mut special: Floats<Self>,
        spec: GatherSpec,
    ) -> FloatTensor<Self> {
        crate::gather::wgpu::gather(ids, &weights, special.0.pop(), spec)
    }

    fn rms_norm(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        mut residual: Floats<Self>,
        eps: f32,
    ) -> FloatTensor<Self> {
        crate::rms_norm::wgpu::rms_norm(x, weight, residual.0.pop(), eps)
    }

    fn layer_norm(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        eps: f32,
    ) -> FloatTensor<Self> {
        crate::layer_norm::wgpu::layer_norm(x, weight, bias, eps)
    }

    fn geglu(gate_up: FloatTensor<Self>) -> FloatTensor<Self> {
        crate::geglu::wgpu::geglu(gate_up)
    }

    fn gelu_tanh(x: FloatTensor<Self>) -> FloatTensor<Self> {
        crate::geglu::wgpu::gelu_tanh(x)
    }

    fn qkv_heads(
        qkv: FloatTensor<Self>,
        q_norm: FloatTensor<Self>,
        k_norm: FloatTensor<Self>,
        positions: IntTensor<Self>,
        inv_freq: FloatTensor<Self>,
        spec: HeadsSpec,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        crate::heads::wgpu::qkv_heads(qkv, q_norm, k_norm, positions, inv_freq, spec)
    }

    fn heads_into(
        qkv: FloatTensor<Self>,
        norms: FloatTensor<Self>,
        positions: IntTensor<Self>,
        inv_freq: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        total: IntTensor<Self>,
        spec: HeadsSpec,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let rings = (keys, values);
        crate::heads::wgpu::heads_into(qkv, norms, positions, inv_freq, rings, total, spec)
    }

    fn kv_heads(
        kv: FloatTensor<Self>,
        k_norm: FloatTensor<Self>,
        spec: HeadsSpec,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        crate::heads::wgpu::kv_heads(kv, k_norm, spec)
    }

    fn attention(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        mut valid: Ints<Self>,
        spec: AttentionSpec,
    ) -> FloatTensor<Self> {
        crate::attention::wgpu::attention(q, k, v, valid.0.pop(), spec)
    }

    fn merged_attention(
        q: FloatTensor<Self>,
        self_k: FloatTensor<Self>,
        self_v: FloatTensor<Self>,
        mut self_valid: Ints<Self>,
        encoder_k: FloatTensor<Self>,
        encoder_v: FloatTensor<Self>,
        mut encoder_valid: Ints<Self>,
        total: IntTensor<Self>,
        spec: MergedSpec,
    ) -> FloatTensor<Self> {
        let own = (self_k, self_v, self_valid.0.pop());
        let encoder = (encoder_k, encoder_v, encoder_valid.0.pop());
        crate::merged_attention::wgpu::merged_attention(q, own, encoder, total, spec).joined()
    }

    fn merged_linear(
        q: FloatTensor<Self>,
        self_k: FloatTensor<Self>,
        self_v: FloatTensor<Self>,
        mut self_valid: Ints<Self>,
        encoder_k: FloatTensor<Self>,
        encoder_v: FloatTensor<Self>,
        mut encoder_valid: Ints<Self>,
        total: IntTensor<Self>,
        weights: Stored<Self>,
        mut bias: Floats<Self>,
        spec: (MergedSpec, LinearSpec),
    ) -> FloatTensor<Self> {
        let own = (self_k, self_v, self_valid.0.pop());
        let encoder = (encoder_k, encoder_v, encoder_valid.0.pop());
        let attended =
            crate::merged_attention::wgpu::merged_attention(q, own, encoder, total, spec.0);
        let weights = weights.laid_out(gpu::floats);
        crate::merged_linear::wgpu::linear_of(attended, &weights, bias.0.pop(), &spec.1)
    }

    fn append(
        cache: FloatTensor<Self>,
        new: FloatTensor<Self>,
        total: IntTensor<Self>,
    ) -> FloatTensor<Self> {
        crate::append::wgpu::append(cache, new, total)
    }

    fn argmax(logits: FloatTensor<Self>) -> IntTensor<Self> {
        crate::argmax::wgpu::argmax(logits)
    }

    fn choose(
        logits: FloatTensor<Self>,
        tokens: IntTensor<Self>,
        positions: IntTensor<Self>,
        total: IntTensor<Self>,
        history: IntTensor<Self>,
        mut ends: Ints<Self>,
        filling: i32,
        sampling: Option<Sampling>,
    ) -> (
        IntTensor<Self>,
        IntTensor<Self>,
        IntTensor<Self>,
        IntTensor<Self>,
    ) {
        crate::choose::wgpu::choose(
            logits,
            (tokens, positions, total, history),
            ends.0.pop(),
            filling,
            sampling,
        )
    }

    fn look_back(
        logits: FloatTensor<Self>,
        sequence: IntTensor<Self>,
        history: IntTensor<Self>,
        mut words: Ints<Self>,
        rules: LookBack,
    ) -> (FloatTensor<Self>, IntTensor<Self>) {
        crate::look_back::wgpu::look_back(logits, sequence, history, words.0.pop(), rules)
    }

    fn increment(counter: IntTensor<Self>, by: i32) -> IntTensor<Self> {
        crate::increment::wgpu::increment(counter, by)
    }
}
