package dev.microtome.models.tokenizer;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The general categories of Unicode by their short and long names.
final class Categories {
  private static final Map<String, String> SHORT = new HashMap<>();

  static {
    String table =
        "L Letter Lu UppercaseLetter Ll LowercaseLetter Lt TitlecaseLetter LC CasedLetter "
            + "Lm ModifierLetter Lo OtherLetter M Mark Mn NonspacingMark Mc SpacingMark "
            + "Me EnclosingMark N Number Nd DecimalNumber Nl LetterNumber No OtherNumber "
            + "P Punctuation Pc ConnectorPunctuation Pd DashPunctuation Ps OpenPunctuation "
            + "Pe ClosePunctuation Pi InitialPunctuation Pf FinalPunctuation Po OtherPunctuation "
            + "S Symbol Sm MathSymbol Sc CurrencySymbol Sk ModifierSymbol So OtherSymbol "
            + "Z Separator Zs SpaceSeparator Zl LineSeparator Zp ParagraphSeparator "
            + "C Other Cc Control Cf Format Cs Surrogate Co PrivateUse Cn Unassigned";
    String[] names = table.split(" ", -1);
    for (int i = 0; i < names.length; i += 2) {
      SHORT.put(names[i].toLowerCase(Locale.ROOT), names[i]);
      SHORT.put(names[i + 1].toLowerCase(Locale.ROOT), names[i]);
    }
  }

  private Categories() {}

  /// The short name of a category named in lower case without separators; null when there is none.
  static @Nullable String shortName(String name) {
    return SHORT.get(name);
  }
}
