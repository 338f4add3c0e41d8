package dev.microtome.tensor;

import java.util.function.Supplier;
import org.bytedeco.pytorch.global.torch.DeviceType;

/// Where a tensor's numbers live: `cpu`, or `meta`, which has shapes but no numbers.
///
/// `Device.META.run(() -> new Gpt2(config))` builds a network without memory.
public record Device(String type, int index) {
  public static final Device CPU = new Device("cpu", -1);
  public static final Device META = new Device("meta", -1);

  private static final ScopedValue<Device> DEFAULT = ScopedValue.newInstance();

  public Device {
    if (!type.equals("cpu") && !type.equals("meta") && !type.equals("cuda")) {
      throw new IllegalArgumentException("'" + type + "' is not a device; use cpu, meta or cuda");
    }
  }

  public static Device cuda(int index) {
    return new Device("cuda", index);
  }

  /// The device creation functions use here: the innermost [#run], else the CPU.
  public static Device current() {
    return DEFAULT.orElse(CPU);
  }

  /// Runs `body` with this device as the default of creation functions.
  public <T> T run(Supplier<T> body) {
    return ScopedValue.where(DEFAULT, this).call(body::get);
  }

  org.bytedeco.pytorch.Device toNative() {
    DeviceType kind =
        switch (type) {
          case "meta" -> DeviceType.Meta;
          case "cuda" -> DeviceType.CUDA;
          default -> DeviceType.CPU;
        };
    return index < 0
        ? new org.bytedeco.pytorch.Device(kind)
        : new org.bytedeco.pytorch.Device(kind, (byte) index);
  }

  @Override
  public String toString() {
    return index < 0 ? type : type + ":" + index;
  }
}
