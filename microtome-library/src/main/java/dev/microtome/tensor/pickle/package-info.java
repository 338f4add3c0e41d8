/// Floor 0: PyTorch's own checkpoint files (`.pth`, `.pt`, `pytorch_model.bin`), zip and legacy.
/// Start reading at [dev.microtome.tensor.pickle.TorchFile], then
/// [dev.microtome.tensor.pickle.PickleMachine], which is where a stranger's bytes are judged.
///
/// A pickle is a program. Ours is run by a machine that knows the few steps `torch.save` needs and
/// an allow-list of names that are never looked up: nothing in a file can run code. All of it is
/// checked, storages against the bytes that are there, before any number is mapped.
@NullMarked
package dev.microtome.tensor.pickle;

import org.jspecify.annotations.NullMarked;
