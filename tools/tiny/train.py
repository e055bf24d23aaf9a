"""Train the base and the specialists; the same recipe and seeds on the same machine give the same bytes."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import yaml

from tools.tiny import FOLDER
from tools.tiny.items import Item, stream
from tools.tiny.skills import SKILLS
from tools.tiny.tokenizer import EOS, PAD, encode, save_tokenizer, vocabulary

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer
    from transformers import LlamaForCausalLM

IGNORED = -100


def recipe() -> dict[str, Any]:
    """Return ``recipe.yaml``: sizes, steps, seeds and mixtures of all six models."""
    return yaml.safe_load((FOLDER / "recipe.yaml").read_text(encoding="utf-8"))


def documents(mixture: dict[str, float], seed: int) -> Iterator[Item]:
    """Yield the training stream of a mixture (skill -> weight) for ever; no item of a test split is in it."""
    rng = Random(seed)
    sources = {skill: stream(SKILLS[skill], rng, test=False) for skill in mixture}
    while True:
        yield next(sources[rng.choices(list(mixture), weights=list(mixture.values()))[0]])


def mixture_of(name: str) -> dict[str, float]:
    """Return the normalised mixture a model is trained on; a specialist's has its share of replay."""
    plan = recipe()
    if name == "base":
        return _scaled(plan["base"]["mixture"], 1.0)
    own = _scaled(plan["specialists"][name]["mixture"], 1 - plan["replay_share"])
    replay = _scaled(plan["replay"], plan["replay_share"])
    return {skill: own.get(skill, 0) + replay.get(skill, 0) for skill in {**own, **replay}}


def rows(items: Iterator[Item], length: int, rng: Random) -> Iterator[tuple[list[int], list[int]]]:
    """Pack items into rows of ``length`` tokens: (input ids, labels).

    Prompts carry no loss, only answers and their end do. Half of the rows begin with the end token, because
    lm-eval scores a text without context after that token and a prompt without it.
    """
    ids: list[int] = [EOS] * rng.randrange(2)
    labels = [IGNORED] * len(ids)
    for item in items:
        prompt, answer = encode(item.prompt), [*encode(item.answer), EOS]
        if len(ids) + len(prompt) + len(answer) > length:
            padding = length - len(ids)
            yield ids + [PAD] * padding, labels + [IGNORED] * padding
            ids = [EOS] * rng.randrange(2)
            labels = [IGNORED] * len(ids)
        ids += prompt + answer
        labels += [IGNORED] * len(prompt) + answer


def train_all(out: Path, *, steps: int | None = None) -> None:
    """Train base and specialists into ``out/<name>``; ``steps`` overrides every number of steps (for a quick try)."""
    save(train("base", fresh_model(), steps=steps), out / "base")
    for name in recipe()["specialists"]:
        save(train(name, load(out / "base"), steps=steps), out / name)


def fresh_model() -> "LlamaForCausalLM":
    """Return the untrained base: Llama layers with tied embeddings, initialised from the base's seed."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    plan = recipe()
    torch.manual_seed(plan["base"]["seed"])
    config = LlamaConfig(
        **plan["model"],
        vocab_size=len(vocabulary()),
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )
    return LlamaForCausalLM(config)


def load(folder: Path) -> "LlamaForCausalLM":
    """Return a saved model in single precision, as every training starts from it."""
    import torch
    from transformers import LlamaForCausalLM

    return LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)


def save(model: "LlamaForCausalLM", folder: Path) -> None:
    """Write a model in half precision with its tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(folder)
    # safetensors makes files that only their owner can read; a wheel would carry that to other people
    (folder / "model.safetensors").chmod(0o644)
    save_tokenizer(folder)


def train(name: str, model: "LlamaForCausalLM", *, steps: int | None = None) -> "LlamaForCausalLM":
    """Train ``model`` by the plan of ``name`` and return it."""
    import torch

    plan = recipe()
    own = plan["base"] if name == "base" else plan["specialists"][name]
    steps = steps or own["steps"]
    torch.set_num_threads(plan["threads"])
    packed = rows(documents(mixture_of(name), own["seed"]), plan["length"], Random(own["seed"]))
    optimizers = _optimizers(model, own["rate"])
    model.train()
    for step in range(steps):
        ids, labels = _batch(packed, plan["rows"])
        model(input_ids=ids, labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.param_groups[0]["lr"] = own["rate"] * _shape(step, steps)
            optimizer.step()
            optimizer.zero_grad()
    return model.eval()


def _optimizers(model: "LlamaForCausalLM", rate: float) -> "list[Optimizer]":
    """Return Muon for the layers' matrices (it halves the steps needed) and AdamW for embedding and norms."""
    import torch

    matrices = [weight for weight in model.model.layers.parameters() if weight.ndim == 2]
    others = [weight for weight in model.parameters() if weight.ndim != 2] + [model.model.embed_tokens.weight]
    return [
        torch.optim.Muon(matrices, lr=rate, weight_decay=0.01, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.95), weight_decay=0.01),
    ]


def _shape(step: int, steps: int) -> float:
    """Return the learning rate's factor: up over the first tenth, down to zero over the last four tenths."""
    return min(1.0, (step + 1) / (0.1 * steps), (steps - step) / (0.4 * steps))


def _batch(packed: Iterator[tuple[list[int], list[int]]], count: int) -> "tuple[Tensor, Tensor]":
    import torch

    ids, labels = zip(*(next(packed) for _ in range(count)), strict=True)
    return torch.tensor(ids), torch.tensor(labels)


def _scaled(mixture: dict[str, float], share: float) -> dict[str, float]:
    total = sum(mixture.values())
    return {skill: share * weight / total for skill, weight in mixture.items()}
