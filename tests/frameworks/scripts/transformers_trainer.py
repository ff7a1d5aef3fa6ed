"""Hugging Face's Trainer."""

import tempfile
import warnings

import torch
from common import Digest, Pictures, seed, show_random_states
from transformers import Trainer, TrainingArguments

warnings.simplefilter("ignore")


class Pixels(Pictures):
    def __getitem__(self, i):
        picture, label = super().__getitem__(i)
        return {"pixel_values": picture, "labels": label}


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.seen = torch.nn.Linear(3 * 32 * 32, 3), Digest()

    def forward(self, pixel_values, labels):
        self.seen.add(pixel_values, labels)
        logits = self.layer(pixel_values.flatten(1))
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}


def main():
    seed()
    model = Model()
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder, per_device_train_batch_size=4, num_train_epochs=2, dataloader_num_workers=2,
            save_strategy="no", logging_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True, seed=7,
            remove_unused_columns=False,
        )  # fmt: skip
        Trainer(model=model, args=arguments, train_dataset=Pixels(48)).train()
    model.seen.show()
    show_random_states()


if __name__ == "__main__":
    main()
