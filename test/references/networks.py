"""Networks of timm, torchvision and transformers with random weights, as people export them, with what their own
processors make of 8 odd pictures and their own pooled output of that, for test/runtime/networks.test.ts.

pip install torch==2.15.0 torchvision==0.29.2 timm==1.0.31 transformers==5.24.0 onnx==1.23.2 onnxscript==0.7.2 pillow==11.3.0
python test/references/networks.py DIR           # all of them; GRAFT_TEST_NETWORKS=DIR runs the long test
python test/references/networks.py --committed   # the small ones of networks/ beside this script, which CI runs

Of each network: model.onnx, the configuration that its makers would write beside it, pixels.png (what its processor
makes of the pictures, one below the other, as levels) and answer.json (features of those, and what to say besides).
(Pillow 13 shrinks the taller side of a picture first where that is less work: up to 0.1 of a level away where it squashes.)
Batch normalization is calibrated on the pictures, so that its numbers are not those of a network never trained.
"""
import json
import os
import sys
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")
import numpy as np
import onnx
import PIL
import timm
import torch
import torchvision
import transformers as tr
from PIL import Image
from timm.models._hub import save_config_for_hf
from torch import nn
from torchvision import transforms as T

HERE = Path(__file__).parent
torch.set_num_threads(2)
S = 64  # pixels; 48 for those that are committed


def pictures():
    """Smooth, with an edge, of odd sides: wide, tall, smaller than the network's input, more than three times larger."""
    out = []
    for k, (h, w) in enumerate([(53, 77), (77, 53), (49, 48), (31, 67), (101, 75), (143, 97), (151, 221), (64, 64)]):
        y, x = np.mgrid[0:h, 0:w].astype(np.float64)
        waves = [127 + 120 * np.sin((c + 2 + k) * x / w * 3 + c) * np.cos((3 + c) * y / h * 2 + k) for c in range(3)]
        a = np.stack(waves, -1)
        a[(x - w / 3) ** 2 + (y - h / 2) ** 2 < (min(h, w) / 5) ** 2] = [230, 40 + 20 * k, 90]
        out.append(Image.fromarray(a.clip(0, 255).round().astype(np.uint8)))
    return out


PICTURES = pictures()


def randomize(model, seed):
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() > 1 and not any(word in name for word in ("token", "pos")):
                p.normal_(0, (2 / p[0].numel()) ** 0.5)
            elif p.dim() > 1 or name.endswith("bias"):
                p.normal_(0, 0.2)
            else:
                p.copy_(1 + 0.2 * torch.randn_like(p))


def calibrate(model, x):
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    for m in norms:
        m.reset_running_stats()
        m.momentum = None
    if norms:
        model.train()
        with torch.no_grad():
            model(x)
    model.eval()


class Named(nn.Module):
    """A model of transformers whose named outputs are a tuple."""

    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, pixel_values):
        out = self.model(pixel_values)
        return tuple(getattr(out, name) for name in self.names)


def taken_by(model, layer, x):
    """What a layer takes, [n, D], or [n, C, H, W] averaged over places."""
    seen = []
    hook = layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        model(x)
    hook.remove()
    return seen[0].mean((2, 3)) if seen[0].dim() == 4 else seen[0]


def transformers_case(folder, model, processor, pooled, outputs=("logits",), nested=False, dynamo=False):
    x = torch.cat([processor(p, return_tensors="pt")["pixel_values"] for p in PICTURES])
    if nested:  # as CLIPProcessor.save_pretrained writes it
        own = {"image_processor": json.loads(processor.to_json_string()), "processor_class": "CLIPProcessor"}
        (folder / "processor_config.json").write_text(json.dumps(own))
    else:
        processor.save_pretrained(folder)
    plain = not processor.do_normalize or "MobileViT" in type(processor).__name__
    mean, std = ([0] * 3, [1] * 3) if plain else (processor.image_mean, processor.image_std)
    if getattr(processor, "include_top", False):
        std = [v**2 for v in std]
    finish(folder, Named(model, outputs), model, x, pooled, mean, std, outputs, "pixel_values", dynamo, None, bgr="MobileViT" in type(processor).__name__)


def timm_case(folder, model, dynamo=False, pooled=lambda m, x: m.forward_head(m.forward_features(x), pre_logits=True)):
    config = timm.data.resolve_data_config({}, model=model)
    transform = timm.data.create_transform(**config, is_training=False)
    x = torch.stack([transform(p) for p in PICTURES])
    save_config_for_hf(model, folder / "config.json")
    finish(folder, model, model, x, pooled, config["mean"], config["std"], ["logits"], "input", dynamo, None)


def torchvision_case(folder, model, layer, dynamo=False):
    """torchvision's ImageClassification preset: numbers that no file beside the model says."""
    short = S * 8 // 7
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    transform = T.Compose([T.Resize(short), T.CenterCrop(S), T.ToTensor(), T.Normalize(mean, std)])
    x = torch.stack([transform(p) for p in PICTURES])
    say = {"input": {"preprocess": {"scale": 1 / 255, "mean": mean, "std": std}, "interpolation": "bilinear-antialias", "cropFraction": S / short}}
    finish(folder, model, model, x, lambda m, x: taken_by(m, layer(m), x), mean, std, ["logits"], "input", dynamo, say)


def finish(folder, exported, model, x, pooled, mean, std, outputs, name, dynamo, say, bgr=False):
    randomize(model, len(folder.name))
    calibrate(model, x)
    exported.eval()
    with torch.no_grad():
        features = pooled(model, x)
    features = (features.mean((2, 3)) if features.dim() == 4 else features).reshape(len(x), -1)
    levels = ((x * torch.tensor(std).view(3, 1, 1) + torch.tensor(mean).view(3, 1, 1)) * 255).permute(0, 2, 3, 1).numpy()
    levels = levels[..., ::-1] if bgr else levels
    off = np.abs(levels - levels.round()).max()
    sheet = Image.fromarray(levels.round().clip(0, 255).astype(np.uint8).reshape(-1, levels.shape[2], 3))
    sheet.save(folder / "pixels.png", optimize=True)
    with torch.no_grad():
        if dynamo:
            torch.onnx.export(exported, (x[:2],), folder / "model.onnx", input_names=[name], output_names=list(outputs), dynamic_shapes=({0: torch.export.Dim("batch")},), dynamo=True, external_data=False, verbose=False)
        else:
            torch.onnx.export(exported, (x[:2],), folder / "model.onnx", input_names=[name], output_names=list(outputs), dynamic_axes={n: {0: "batch"} for n in (name, *outputs)}, opset_version=17, dynamo=False)
    model = onnx.load(folder / "model.onnx")
    for part in [model.graph, *model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info]:
        del part.metadata_props[:]  # where the exporter says on which lines of whose files they come from
        part.doc_string = ""
    onnx.save(model, folder / "model.onnx")
    answer = {"levelsOff": float(off), "shape": list(features.shape), "features": [float(f"{v:.7g}") for v in features.flatten().tolist()], **(say or {})}
    (folder / "answer.json").write_text(json.dumps(answer) + "\n")


square = lambda n: {"height": n, "width": n}
small_vit = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, num_labels=7)
classifier = lambda m, x: taken_by(m, m.classifier, x)


def table():
    """By name, what makes it. The five that are committed come first."""
    hf = lambda make, processor, pooled=classifier, **more: lambda folder: transformers_case(folder, make(), processor(), pooled, **more)
    with_timm = lambda name, overlay=None, more=None, **kw: lambda folder: timm_case(
        folder, timm.create_model(name, num_classes=7, pretrained_cfg_overlay={"input_size": (3, S, S), **(overlay or {})}, **(more or {})), **kw)
    vision = lambda make, layer, **kw: lambda folder: torchvision_case(folder, make(), layer, **kw)
    resnet = dict(embedding_size=8, hidden_sizes=[16, 24], depths=[1, 2], layer_type="basic", num_labels=7)
    clip = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, image_size=S, patch_size=S // 4, projection_dim=20)
    mobilevit = dict(image_size=S, hidden_sizes=[16, 24, 32], neck_hidden_sizes=[8, 12, 16, 24, 32, 40, 64], num_attention_heads=4, num_labels=7)
    swin = dict(image_size=S, patch_size=4, embed_dim=12, depths=[1, 2], num_heads=[2, 4], window_size=4, num_labels=7)
    return {
        "transformers-deit": hf(lambda: tr.DeiTForImageClassificationWithTeacher(tr.DeiTConfig(image_size=S, patch_size=S // 4, **small_vit)),
            lambda: tr.DeiTImageProcessor(size=square(S + 9), crop_size=square(S)), lambda m, x: taken_by(m, m.cls_classifier, x)),
        "transformers-clip": hf(lambda: tr.CLIPVisionModelWithProjection(tr.CLIPVisionConfig(**clip)),
            lambda: tr.CLIPImageProcessor(size={"shortest_edge": S}, crop_size=square(S)), lambda m, x: m(x).image_embeds, outputs=("image_embeds", "last_hidden_state"), nested=True),
        "transformers-resnet": hf(lambda: tr.ResNetForImageClassification(tr.ResNetConfig(**resnet)),
            lambda: tr.ConvNextImageProcessor(size={"shortest_edge": S}), lambda m, x: m.resnet(x).pooler_output, dynamo=True),
        "timm-resnet": with_timm("resnet10t", {"crop_pct": 0.93}, {"channels": (8, 8, 12, 16), "stem_width": 8}),
        "torchvision-shufflenet": vision(lambda: torchvision.models.ShuffleNetV2([1, 2, 1], [8, 16, 24, 32, 40], num_classes=7), lambda m: m.fc),
        "transformers-vit": hf(lambda: tr.ViTForImageClassification(tr.ViTConfig(image_size=S, patch_size=16, **small_vit)), lambda: tr.ViTImageProcessor(size=square(S))),
        "transformers-convnext": hf(lambda: tr.ConvNextForImageClassification(tr.ConvNextConfig(hidden_sizes=[16, 24, 32], depths=[1, 1, 1], num_stages=3, num_labels=7)), lambda: tr.ConvNextImageProcessor(size={"shortest_edge": S})),
        "transformers-dinov2": hf(lambda: tr.Dinov2Model(tr.Dinov2Config(image_size=S, patch_size=16, hidden_size=32, num_hidden_layers=2, num_attention_heads=4)),
            lambda: tr.BitImageProcessor(size={"shortest_edge": S + 9}, crop_size=square(S)), lambda m, x: m(x).pooler_output, outputs=("last_hidden_state", "pooler_output")),
        "transformers-mobilevit": hf(lambda: tr.MobileViTForImageClassification(tr.MobileViTConfig(**mobilevit)), lambda: tr.MobileViTImageProcessor(size={"shortest_edge": S + 9}, crop_size=square(S))),
        "transformers-levit": hf(lambda: tr.LevitForImageClassificationWithTeacher(tr.LevitConfig(image_size=S, hidden_sizes=[16, 24, 32], num_attention_heads=[2, 2, 2], depths=[1, 1, 1], key_dim=[8, 8, 8], num_labels=7)),
            lambda: tr.LevitImageProcessor(size={"shortest_edge": S}, crop_size=square(S)), lambda m, x: m.levit(x).pooler_output),
        "transformers-swin": hf(lambda: tr.SwinForImageClassification(tr.SwinConfig(**swin)), lambda: tr.ViTImageProcessor(size=square(S), resample=3)),
        "transformers-poolformer": hf(lambda: tr.PoolFormerForImageClassification(tr.PoolFormerConfig(hidden_sizes=[16, 24, 32, 40], depths=[1, 1, 1, 1], num_labels=7)),
            lambda: tr.PoolFormerImageProcessor(size={"shortest_edge": S}, crop_size=square(S))),
        "transformers-siglip": hf(lambda: tr.SiglipVisionModel(tr.SiglipVisionConfig(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, image_size=S, patch_size=16)),
            lambda: tr.SiglipImageProcessor(size=square(S)), lambda m, x: m(x).pooler_output, outputs=("last_hidden_state", "pooler_output")),
        "transformers-beit": hf(lambda: tr.BeitForImageClassification(tr.BeitConfig(image_size=S, patch_size=16, **small_vit)), lambda: tr.BeitImageProcessor(size=square(S), do_center_crop=False)),
        "transformers-mobilenet-v2": hf(lambda: tr.MobileNetV2ForImageClassification(tr.MobileNetV2Config(image_size=S, depth_multiplier=0.25, num_labels=7)),
            lambda: tr.MobileNetV2ImageProcessor(size={"shortest_edge": S + 9}, crop_size=square(S))),
        "transformers-segformer": hf(lambda: tr.SegformerForImageClassification(tr.SegformerConfig(hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1], num_attention_heads=[1, 2, 2, 4], num_labels=7)),
            lambda: tr.SegformerImageProcessor(size=square(S))),
        "transformers-resnet-base": hf(lambda: tr.ResNetModel(tr.ResNetConfig(**resnet)), lambda: tr.ConvNextImageProcessor(size={"shortest_edge": S}), lambda m, x: m(x).pooler_output,
            outputs=("last_hidden_state", "pooler_output"), dynamo=True),
        "timm-efficientnet": with_timm("test_efficientnet"),
        "timm-vit": with_timm("test_vit", {"crop_mode": "squash", "crop_pct": 1.0}, {"img_size": S}),
        "timm-convnext": with_timm("test_convnext", dynamo=True),
        "timm-mobilenetv3": with_timm("mobilenetv3_small_050", {"interpolation": "bilinear"}),
        "timm-deit-distilled": with_timm("deit_tiny_distilled_patch16_224", None, {"img_size": S, "embed_dim": 48, "depth": 2, "num_heads": 3}, pooled=lambda m, x: taken_by(m, m.head, x)),  # the class token; its pre_logits, the mean of two tokens, is in no file
        "torchvision-squeezenet": vision(lambda: torchvision.models.squeezenet1_1(num_classes=7), lambda m: m.classifier[1]),
        "torchvision-densenet": vision(lambda: torchvision.models.DenseNet(4, (2, 2, 2), 8, num_classes=7), lambda m: m.classifier),
        "torchvision-vit": vision(lambda: torchvision.models.VisionTransformer(S, 16, 2, 4, 32, 48, num_classes=7), lambda m: m.heads.head, dynamo=True),
        "torchvision-mobilenet-v2": vision(lambda: torchvision.models.MobileNetV2(num_classes=7, width_mult=0.25), lambda m: m.classifier[1]),
    }


COMMITTED = 5
if __name__ == "__main__":
    committed = sys.argv[1:2] == ["--committed"]
    if committed:
        S = 48
    out = HERE / "networks" if committed else Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    (out / "pictures").mkdir(exist_ok=True)
    for k, picture in enumerate(PICTURES):
        picture.save(out / "pictures" / f"{k}.png", optimize=True)
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__, "timm": timm.__version__, "pillow": PIL.__version__, "transformers": tr.__version__}
    (out / "versions.json").write_text(json.dumps(versions) + "\n")
    names = sys.argv[2:]
    for name, make in list(table().items())[: COMMITTED if committed else None]:
        if names and name not in names:
            continue
        folder = out / name
        folder.mkdir(exist_ok=True)
        try:
            make(folder)
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {str(error)[:300]}", flush=True)
            continue
        print(name, f"{(folder / 'model.onnx').stat().st_size / 1000:.0f} kB", flush=True)
