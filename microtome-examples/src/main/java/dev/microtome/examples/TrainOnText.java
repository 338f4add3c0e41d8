package dev.microtome.examples;

import dev.microtome.adapt.Dora;
import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.finetune.ExampleFile;
import dev.microtome.models.finetune.Examples;
import dev.microtome.models.finetune.Finetune;
import dev.microtome.models.finetune.FinetuneOptions;
import dev.microtome.models.finetune.LossHistory;
import dev.microtome.models.pictures.LossPicture;
import dev.microtome.nn.LinearPlaces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The README's lines about training on a text: adapters beside the shipped model learn a rhyme.
public final class TrainOnText {
  private TrainOnText() {}

  public static void main(String[] args) throws IOException {
    LanguageModel<Gpt2> lm = LanguageModel.shipped();
    lm.loadWeights();
    Path folder = Files.createTempDirectory("train-on-text");
    Path file =
        Files.writeString(
            folder.resolve("rhyme.txt"),
            "The cat is in the hat, the rat is on the mat. ".repeat(40));
    Dora.rank(16).applyTo(lm.network(), LinearPlaces.allButHead());
    var data = Examples.split(ExampleFile.read(file, lm, 64), 0.1, 0);
    LossHistory losses = new Finetune(lm, data, FinetuneOptions.DEFAULT, folder).run();
    Files.writeString(folder.resolve("loss.svg"), LossPicture.of(losses, "my text"));
    System.out.println("steps: " + losses.train().size());
    System.out.println(
        "less surprised: "
            + (losses.heldOut().getLast().loss() < losses.heldOut().getFirst().loss()));
  }
}
