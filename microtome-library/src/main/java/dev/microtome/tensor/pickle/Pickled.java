package dev.microtome.tensor.pickle;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a pickle says, before it means anything: a tree whose nodes may occur several times. Nodes
/// that a pickle can refer back to are themselves, not values, so that writing them again gives the
/// same bytes.
sealed interface Pickled {
  /// Python's `None`.
  enum Nothing implements Pickled {
    NONE
  }

  record Truth(boolean value) implements Pickled {}

  record Whole(BigInteger value) implements Pickled {
    static Whole of(long value) {
      return new Whole(BigInteger.valueOf(value));
    }
  }

  record Real(double value) implements Pickled {}

  final class Text implements Pickled {
    final String value;

    Text(String value) {
      this.value = value;
    }
  }

  /// A class, function or constant of Python's, by name only.
  final class Name implements Pickled {
    final String module;
    final String name;

    Name(String module, String name) {
      this.module = module;
      this.name = name;
    }

    String full() {
      return module + "." + name;
    }
  }

  final class Tuple implements Pickled {
    static final Tuple EMPTY = new Tuple(List.of());

    final List<Pickled> items;

    Tuple(List<Pickled> items) {
      this.items = List.copyOf(items);
    }

    static Tuple of(Pickled... items) {
      return new Tuple(List.of(items));
    }
  }

  final class Items implements Pickled {
    final List<Pickled> items = new ArrayList<>();
  }

  /// A `dict`, or an `OrderedDict` when its class is named.
  final class Mapping implements Pickled {
    final @Nullable Name ordered;
    final Map<Object, Entry> entries = new LinkedHashMap<>();
    @Nullable Mapping attributes; // an OrderedDict's own, `_metadata` for example

    Mapping(@Nullable Name ordered) {
      this.ordered = ordered;
    }

    /// Adds an entry; false when there is one of that key already.
    boolean put(Object key, Pickled pickledKey, Pickled value) {
      return entries.putIfAbsent(key, new Entry(pickledKey, value)) == null;
    }

    Mapping with(String key, Pickled value) {
      put(key, new Text(key), value);
      return this;
    }

    @Nullable Pickled get(String key) {
      Entry entry = entries.get(key);
      return entry == null ? null : entry.value();
    }
  }

  /// An entry of a mapping; the key is kept as it was written.
  record Entry(Pickled key, Pickled value) {}

  /// What an allowed function would give, kept as the call.
  final class Call implements Pickled {
    final Name function;
    final Tuple arguments;

    Call(Name function, Tuple arguments) {
      this.function = function;
      this.arguments = arguments;
    }
  }

  /// An instance of a TorchScript class: its state and the class's name.
  final class Script implements Pickled {
    final Name type;
    @Nullable Tuple state;

    Script(Name type) {
      this.type = type;
    }
  }

  /// A reference to a storage beside the pickle, as the tuple that describes it.
  final class StorageId implements Pickled {
    final Tuple id;

    StorageId(Tuple id) {
      this.id = id;
    }
  }
}
