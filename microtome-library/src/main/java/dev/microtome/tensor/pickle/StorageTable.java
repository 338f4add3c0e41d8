package dev.microtome.tensor.pickle;

import dev.microtome.tensor.pickle.Pickled.StorageId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/// The storages a pickle refers to, each under one key and with one meaning.
final class StorageTable {
  private final Map<String, StorageForm> forms = new LinkedHashMap<>();
  private final BiConsumer<StorageForm, Fault> place;

  /// `place` judges where the bytes of a storage are, as soon as it is known.
  StorageTable(BiConsumer<StorageForm, Fault> place) {
    this.place = place;
  }

  void add(StorageId id, Fault fault) {
    StorageForm form = StorageForm.of(id, fault);
    StorageForm known = forms.putIfAbsent(form.key(), form);
    if (known == null) {
      place.accept(form, fault);
    } else if (!known.equals(form)) {
      throw fault.broken("storage %s is first a %s, then a %s", form.key(), known, form);
    }
  }

  Map<String, StorageForm> forms() {
    return forms;
  }
}
