package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The products inside an `einsum` of several tensors, which libtorch takes from left to right:
/// `i,j,i,j->` gives one number and holds all pairs of `i` and `j` on the way.
final class EinsumSteps {
  private static final char ELLIPSIS = '.';

  private EinsumSteps() {}

  /// Elements of the largest product; 0 when the equation does not fit.
  static double largest(String equation, List<Tensor> operands) {
    String[] sides = equation.replace(" ", "").replace("...", ".").split("->", 2);
    String[] terms = sides[0].split(",", -1);
    if (terms.length != operands.size()) {
      return 0;
    }
    Map<Character, Double> sizes = new HashMap<>();
    for (int i = 0; i < terms.length; i++) {
      measure(terms[i], operands.get(i), sizes);
    }
    String wanted = sides.length == 2 ? sides[1] : sides[0].replace(",", "");
    double most = 0;
    Set<Character> product = new LinkedHashSet<>();
    for (int i = 0; i < terms.length; i++) {
      product.addAll(labels(terms[i]));
      Set<Character> later = labels(wanted);
      List.of(terms).subList(i + 1, terms.length).forEach(term -> later.addAll(labels(term)));
      product.retainAll(later);
      double elements = 1;
      for (Character label : product) {
        elements *= sizes.getOrDefault(label, 1.0);
      }
      most = Math.max(most, elements);
    }
    return most;
  }

  private static Set<Character> labels(String term) {
    return term.chars()
        .mapToObj(label -> (char) label)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static void measure(String term, Tensor operand, Map<Character, Double> sizes) {
    int more = operand.dim() - term.replace(".", "").length(); // what the ellipsis stands for
    int dim = 0;
    for (int at = 0; at < term.length(); at++) {
      char label = term.charAt(at);
      double size = 1;
      for (int i = label == ELLIPSIS ? more : 1; i > 0 && dim < operand.dim(); i--) {
        size *= operand.size(dim++);
      }
      sizes.merge(label, size, Math::max);
    }
  }
}
