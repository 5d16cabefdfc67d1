import argparse
import os
import librosa
import numpy as np
import soundfile
import torch
import matplotlib.pyplot as plt
from sklearn.metrics import f1_score
from tqdm import tqdm
from windmill_noise.model import NoiseNet

#import wandb
#wandb.init(project="windmill")

def load(folder):
    x, y = [], []
    for f in os.listdir(folder):
        s, r = soundfile.read(folder + "/" + f)
        x.append(librosa.feature.melspectrogram(y=s, sr=r)[:64, :64]); y.append(int("mill" in f))
    return torch.tensor(np.array(x)).float().unsqueeze(1), torch.tensor(y)

def train(folder, lr, epochs):
    x, y = load(folder)
    model = NoiseNet()
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for e in tqdm(range(epochs)):
        opt.zero_grad()
        p = model(x)
        l = torch.nn.functional.cross_entropy(p, y)
        l.backward()
        opt.step()
        losses.append(l.item())
        print("epoch", e, "loss", l.item(), "f1", f1_score(y, p.argmax(1)))
    torch.save(model.state_dict(), "model.pt")
    plt.plot(losses)
    plt.savefig("loss.png")

if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--folder", default="/home/jonas/Desktop/clips")
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--epochs", type=int, default=20)
    a = p.parse_args()
    train(a.folder, a.lr, a.epochs)
