package dev.microtome.models.tokenizer;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;

/// The four Unicode normalization forms with the bookkeeping of which old characters each new one
/// stands for (Unicode Standard Annex 15: decompose, order marks by combining class, compose).
enum UnicodeForm {
  NFC(Normalizer.Form.NFC, true, false),
  NFD(Normalizer.Form.NFD, false, false),
  NFKC(Normalizer.Form.NFKC, true, true),
  NFKD(Normalizer.Form.NFKD, false, true);

  /// The mark with the highest combining class (240): every other mark sorts before it.
  private static final int HIGHEST_MARK = 0x345;

  private final Normalizer.Form form;
  private final boolean composes;
  private final boolean compatible;

  UnicodeForm(Normalizer.Form form, boolean composes, boolean compatible) {
    this.form = form;
    this.composes = composes;
    this.compatible = compatible;
  }

  AlignedText apply(AlignedText text) {
    if (Normalizer.isNormalized(text.text, form)) {
      return text;
    }
    var decomposed = decompose(text.text);
    return (composes ? compose(decomposed) : decomposed).applyTo(text);
  }

  private CharEdits decompose(String text) {
    var out = new CharEdits(text.length() + 16);
    var marks = new ArrayList<int[]>();
    for (int i = 0, c; i < text.length(); i += Character.charCount(c)) {
      c = text.codePointAt(i);
      if (c < 0xA0) {
        sortMarks(marks, out);
        out.add(c, 0);
        continue;
      }
      String parts =
          Normalizer.normalize(
              Character.toString(c), compatible ? Normalizer.Form.NFKD : Normalizer.Form.NFD);
      for (int j = 0, p; j < parts.length(); j += Character.charCount(p)) {
        p = parts.codePointAt(j);
        int change = j == 0 ? 0 : 1;
        if (isMark(p)) {
          marks.add(new int[] {p, change});
        } else {
          sortMarks(marks, out);
          out.add(p, change);
        }
      }
    }
    sortMarks(marks, out);
    return out;
  }

  private static void sortMarks(List<int[]> marks, CharEdits out) {
    if (marks.size() > 1) {
      marks.sort((a, b) -> compareClass(a[0], b[0]));
    }
    for (int[] mark : marks) {
      out.add(mark[0], mark[1]);
    }
    marks.clear();
  }

  /// Composes each starter with the marks behind it that nothing blocks. The changes add up: what
  /// two characters stood for, their composition stands for.
  private static CharEdits compose(CharEdits in) {
    var out = new CharEdits(in.size());
    int starter = -1;
    int lastMark = -1;
    for (int i = 0; i < in.size(); i++) {
      int c = in.codePoint(i);
      boolean mark = isMark(c);
      boolean blocked = lastMark >= 0 && (!mark || compareClass(lastMark, c) >= 0);
      int composed = starter < 0 || blocked ? -1 : composition(out.codePoint(starter), c);
      if (composed >= 0) {
        out.set(starter, composed, out.change(starter) + in.change(i) - 1);
        continue;
      }
      if (!mark) {
        starter = out.size();
        lastMark = -1;
      } else if (starter >= 0) {
        lastMark = c;
      }
      out.add(c, in.change(i));
    }
    return out;
  }

  private static int composition(int first, int second) {
    if (second < 0x300) {
      return -1;
    }
    String both = new StringBuilder().appendCodePoint(first).appendCodePoint(second).toString();
    String composed = Normalizer.normalize(both, Normalizer.Form.NFC);
    return composed.codePointCount(0, composed.length()) == 1 ? composed.codePointAt(0) : -1;
  }

  /// Whether the combining class is not 0. The platform offers no such query, but marks change
  /// places.
  private static boolean isMark(int c) {
    return c >= 0x300 && (c == HIGHEST_MARK || swaps(HIGHEST_MARK, c));
  }

  private static int compareClass(int a, int b) {
    return swaps(a, b) ? 1 : swaps(b, a) ? -1 : 0;
  }

  /// Whether `b` behind `a` sorts before it: its class is not 0 and lower.
  private static boolean swaps(int a, int b) {
    String both = new StringBuilder().appendCodePoint(a).appendCodePoint(b).toString();
    return a != b && !Normalizer.isNormalized(both, Normalizer.Form.NFD);
  }
}
