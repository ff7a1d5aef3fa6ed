"""Lightning's Trainer with a validation loop; train_dl gives 12 batches an epoch, val_dl 4."""

import logging
import warnings

import lightning as L
import torch
from common import Digest, Pictures, seed, show_random_states
from torch.utils.data import DataLoader

warnings.simplefilter("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3 * 32 * 32, 3)
        self.trained, self.validated = Digest(), Digest()

    def training_step(self, batch, _):
        images, labels = batch
        self.trained.add(images, labels)
        return torch.nn.functional.cross_entropy(self.layer(images.flatten(1)), labels)

    def validation_step(self, batch, _):
        self.validated.add(*batch)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.01)


def main():
    seed()
    train_dl = DataLoader(Pictures(48), batch_size=4, shuffle=True, num_workers=2, persistent_workers=True)
    val_dl = DataLoader(Pictures(16, train=False), batch_size=4, num_workers=1, persistent_workers=True)
    model = Model()
    trainer = L.Trainer(
        max_epochs=2, logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        accelerator="cpu",
    )  # fmt: skip
    trainer.fit(model, train_dl, val_dl)
    model.trained.show("train")
    model.validated.show("val")
    show_random_states()


if __name__ == "__main__":
    main()
