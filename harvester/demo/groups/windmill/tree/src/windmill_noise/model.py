import torch
from torch import nn

class NoiseNet(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, width, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(width, width*2, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.out = nn.Linear(width * 2, 2)

    def forward(self, x):
        return self.out(self.conv(x).flatten(1))

if __name__ == "__main__":
    print(NoiseNet()(torch.rand(1, 1, 64, 64)).shape)
