package dev.microtome.bench;

import dev.microtome.dynamic.DynamicConfig;
import dev.microtome.dynamic.DynamicQuantization;
import dev.microtome.dynamic.DynamicSpec;
import dev.microtome.models.lstm.LstmConfig;
import dev.microtome.models.lstm.LstmModel;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.tensor.Torch;

/// By how much a process grows while it quantizes an LSTM model in place (Linux).
final class LstmMemory {
  private LstmMemory() {}

  /// Bytes for weights of 8 or 4 bits.
  static long of(int bits) {
    return OwnProcess.number(LstmMemory.class, Integer.toString(bits));
  }

  /// What the process runs: a small model first, which loads classes and measures engines.
  public static void main(String[] args) {
    Torch.threads(1);
    var config = args[0].equals("4") ? DynamicConfig.QINT4 : DynamicConfig.QINT8;
    var spec = DynamicSpec.none().with(Lstm.class, config).with(Linear.class, config);
    DynamicQuantization.inPlace(new LstmModel(new LstmConfig(64, 64, 32, 2)), spec);
    var model = new LstmModel(LstmBench.SIZES);
    System.out.println(
        ProcessMemory.grown(() -> {
          DynamicQuantization.inPlace(model, spec);
        }));
  }
}
