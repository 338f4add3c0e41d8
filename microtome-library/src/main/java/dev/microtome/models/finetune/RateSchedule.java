package dev.microtome.models.finetune;

/// The learning rate of each step: rises over the warm-up, then half a cosine down to 0.
///
/// @param peak the greatest rate
/// @param warmup steps it rises
/// @param total steps in all
record RateSchedule(double peak, int warmup, int total) {
  double at(int step) {
    if (step < warmup) {
      return peak * (step + 1) / warmup;
    }
    double done = (double) (step - warmup) / Math.max(1, total - warmup);
    return peak * (1 + Math.cos(Math.PI * done)) / 2;
  }
}
