package dev.microtome.examples;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.interpret.LogitLens;
import dev.microtome.models.pictures.LensPage;
import dev.microtome.nn.AdamW;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.trace.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The lines of the README's tour of the library: tensors, layers, traces, training, the lens.
public final class Tour {
  private Tour() {}

  public static void main(String[] args) throws IOException {
    Torch.manualSeed(0);
    Tensor x = Tensor.randn(2, 3);
    Tensor y = x.matmul(x.t()).softmax(-1);
    x.at(":", 0).set(0);
    Tensor e = Ops.tensor("aten::erf", x);
    System.out.println(y + "\n" + e);

    var net =
        Sequential.named()
            .add("layer1", new Linear(3, 10))
            .add("layer2", new Linear(10, 2))
            .build();
    System.out.println(net);

    var model = Model.of(net);
    Tensor hidden = model.trace(x, t -> t.at("layer1").output());
    System.out.println(hidden.shape());

    var optimizer = new AdamW(net.parameters(), 1e-3);
    optimizer.zeroGrad();
    net.apply(x).square().mean().backward();
    optimizer.step();

    var lens = LogitLens.of(LanguageModel.shipped(), "The Colosseum is in the city of", 5);
    Files.writeString(
        Path.of(args.length > 0 ? args[0] : "lens.html"), LensPage.of(lens, "gpt2-facts"));
    System.out.println(lens.prediction().getFirst().text());
  }
}
