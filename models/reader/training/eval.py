#!/usr/bin/env python3
"""Measure the checkpoint (greedy, exact match) on held-out samples, and make the sample pictures and expected.json.

  python eval.py --fonts DIR [DIR ...] [--count 1000] [--dtype float32|bfloat16] [--samples]

The checkpoint is the folder above this one; eval.json is written beside this file, samples/ and expected.json (with
--samples) beside the checkpoint.

Pictures go through the checkpoint's own processor as PIL images. Their seeds are not used in training; half of the
numbers are from the tenth that training never sees (train.held_out).
"""
import argparse, json, os, pathlib, time
import train as T
import numpy as np


def picture(rng, fonts, digits, held_out, scale=1):
    """(number, picture, name of its colour)"""
    from PIL import Image
    n = T.draw_number(rng, np.eye(6)[digits - 1], held_out)
    px, colour = T.paint(rng, T.draw_mask(rng, n, fonts, scale)[0][None], noise=9. if scale == 1 else 0.)
    return n, Image.fromarray(px[0]), T.NAMES[colour[0]]


def pictures(seed, count, fonts):
    """Fresh pictures, in turn of any number that training may show and of one that it never does."""
    rng = np.random.default_rng(seed)
    return [picture(rng, fonts, int(rng.choice(len(T.IMAGE_DIGITS), p=T.IMAGE_DIGITS)) + 1 if i % 2 else len(T.IMAGE_DIGITS), not i % 2) for i in range(count)]


def chat(question, image=False):
    return [{"role": "user", "content": [{"type": "image"}] * image + [{"type": "text", "text": question}]}]


def answer(model, processor, questions, images=None):
    import torch
    texts = [processor.apply_chat_template(chat(q, images is not None), add_generation_prompt=True, tokenize=False) for q in questions]
    batch = processor(text=texts, images=[[i] for i in images] if images else None, padding=True, return_tensors="pt", add_special_tokens=False)
    batch = {k: v for k, v in batch.items() if k in ("input_ids", "attention_mask", "pixel_values")}
    if "pixel_values" in batch: batch["pixel_values"] = batch["pixel_values"].to(model.dtype)
    with torch.no_grad(): out = model.generate(**batch, do_sample=False)
    return processor.tokenizer.batch_decode(out, skip_special_tokens=True)


def measure(model, processor, fonts, count, batch=125):
    rng = np.random.default_rng([77, 1]); res = {}
    pics = pictures([77, 2], count, fonts)
    for job in T.JOBS:
        asks, wants, seen, images = [], [], [], None
        for i in range(count):
            q = T.question(rng, job)
            if job.startswith("image"):
                n, im, colour = pics[i]
                wants.append({"image_number": str(n), "image_colour": colour, "image_words": T.words(n)}[job])
            else:
                n = T.draw_number(rng, T.TEXT_DIGITS, i % 2 == 0)
                given, want = (str(n), T.words(n)) if job == "to_words" else (T.words(n), str(n))
                q = q.format(given); wants.append(want)
            asks.append(q); seen.append(n)
        if job.startswith("image"): images = [p[1] for p in pics]
        got, t = [], time.time()
        for k in range(0, count, batch): got += answer(model, processor, asks[k:k + batch], images and images[k:k + batch])
        ok = np.array([g == w for g, w in zip(got, wants)]); new = np.array([T.held_out(n) for n in seen]); size = np.array([len(str(n)) for n in seen])
        res[job] = dict(samples=count, exact_match=round(float(ok.mean()), 4), numbers_unseen_in_training=dict(samples=int(new.sum()), exact_match=round(float(ok[new].mean()), 4)),
                        by_digits={int(d): [int((size == d).sum()), round(float(ok[size == d].mean()), 4)] for d in sorted(set(size))},
                        wrong=[[a, w, g] for a, w, g in zip(asks, wants, got) if w != g][:8])
        print(job, res[job]["exact_match"], res[job]["numbers_unseen_in_training"], res[job]["by_digits"], f"{time.time() - t:.0f} s", flush=True)
    return res


def samples(model, processor, fonts, folder):
    """Twelve pictures (the last two at twice the model's size) and twelve text prompts, with what the model answers."""
    import torch
    from PIL import Image
    os.makedirs(folder, exist_ok=True); tok = processor.tokenizer; listed, asked, rows = [], [], []
    for i, digits in enumerate((3, 2, 3, 1, 3, 3, 2, 3, 3, 2, 3, 3)):
        n, im, colour = picture(np.random.default_rng([78, i]), fonts, digits, digits > 2, 2 if i >= 10 else 1)
        name = f"{i:02d}.png"; im.save(os.path.join(folder, name), optimize=True)
        listed.append(dict(file=name, size=im.size, number=n, colour=colour, answers={T.NUMBER_Q[0]: str(n), T.COLOUR_Q[0]: colour, T.SPELL_Q[0]: T.words(n)}))
        asked += [(q, name, want) for q, want in listed[-1]["answers"].items()]
    json.dump(listed, open(os.path.join(folder, "samples.json"), "w"), indent=1)
    asked += [(T.TO_WORDS_Q[0].format(n), None, T.words(n)) for n in (427, 9058, 70016, 999999, 8, 350204)]
    asked += [(T.TO_DIGITS_Q[0].format(T.words(n)), None, str(n)) for n in (427, 13, 6090, 218345, 900007, 777777)]
    for q, name, want in asked:
        text = processor.apply_chat_template(chat(q, name is not None), add_generation_prompt=True, tokenize=False)
        im = Image.open(os.path.join(folder, name)).convert("RGB") if name else None
        b = processor(text=text, images=im, return_tensors="pt", add_special_tokens=False)
        b = {k: v for k, v in b.items() if k in ("input_ids", "attention_mask", "pixel_values")}
        with torch.no_grad():
            out = model.generate(**b, do_sample=False)[0]
            first = model(**b, decoder_input_ids=torch.tensor([[2]])).logits[0, -1].float()
        top = first.topk(5)
        rows.append(dict(question=q, image=name and "samples/" + name, prompt=text, input_ids=b["input_ids"][0].tolist(), output_ids=out.tolist(),
                         output_text=tok.decode(out, skip_special_tokens=True), right_answer=want,
                         first_step_top5=[dict(id=int(k), token=tok.convert_ids_to_tokens(int(k)), logit=round(float(v), 5)) for v, k in zip(top.values, top.indices)]))
    return rows


def main():
    here = pathlib.Path(__file__).resolve().parent
    ap = argparse.ArgumentParser(); ap.add_argument("--checkpoint", default=str(here.parent)); ap.add_argument("--fonts", nargs="+", required=True)
    ap.add_argument("--count", type=int, default=1000); ap.add_argument("--samples", action="store_true")
    ap.add_argument("--out", help="where samples/ and expected.json go (the checkpoint's folder)"); ap.add_argument("--results", default=str(here / "eval.json"))
    ap.add_argument("--dtype", default="float32"); ap.add_argument("--threads", type=int, default=1)
    args = ap.parse_args(); args.out = args.out or args.checkpoint
    import torch, transformers
    transformers.utils.logging.set_verbosity_error(); torch.set_num_threads(args.threads)
    from transformers import AutoModelForSeq2SeqLM, AutoProcessor
    processor = AutoProcessor.from_pretrained(args.checkpoint)
    model = AutoModelForSeq2SeqLM.from_pretrained(args.checkpoint, dtype=getattr(torch, args.dtype)).eval()
    fonts = T.find_fonts(args.fonts)
    if args.samples:
        rows = samples(model, processor, fonts, os.path.join(args.out, "samples"))
        json.dump(dict(checkpoint_dtype="bfloat16", loaded_as=args.dtype, transformers=transformers.__version__, torch=torch.__version__, cases=rows),
                  open(os.path.join(args.out, "expected.json"), "w"), indent=1, ensure_ascii=False)
        print("samples right", sum(r["output_text"] == r["right_answer"] for r in rows), "of", len(rows))
    if args.count:
        res = measure(model, processor, fonts, args.count)
        file = args.results; old = json.load(open(file)) if os.path.exists(file) else {}
        old[args.dtype] = res; json.dump(old, open(file, "w"), indent=1)


if __name__ == "__main__":
    main()
