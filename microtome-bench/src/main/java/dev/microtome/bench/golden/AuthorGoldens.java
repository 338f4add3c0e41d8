package dev.microtome.bench.golden;

import dev.microtome.models.Gpt2;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/// The intermediate values the author of a GPT-2 published with it, `author.NAME`: those of block 0
/// where the name tells no other.
final class AuthorGoldens {
  private AuthorGoldens() {}

  static void check(ModelCase one) {
    if (one.has("author.x") && one.open().network() instanceof Gpt2) {
      Grad.off(() -> {
        Map<String, Tensor> seen = seen(one);
        seen.forEach((name, tensor) -> one.close("author." + name, tensor));
        Tensor pattern = one.tensor("author.att").softmax(-1); // the scores have infinities
        one.found().close("author.att", pattern, one.tensor("author.attSm"));
        return true;
      });
    }
  }

  private static Map<String, Tensor> seen(ModelCase one) {
    var lm = Gpt2.load(one.folder());
    Gpt2 network = lm.network();
    Gpt2.Block block = network.blocks().getFirst();
    return lm.model()
        .trace(
            one.input(),
            t -> {
              var at = new LinkedHashMap<String, Tensor>();
              at.put("tok_emb", t.at(network.transformer.wte).output());
              at.put("pos_emb", t.at(network.transformer.wpe).output().narrow(0, 0, 1));
              at.put("x", t.at(network.transformer.drop).output());
              at.put("ln1", t.at(block.ln1).output());
              at.put("qkv", t.at(block.attn.cAttn).output());
              at.put("q", t.at(block.queries()).output());
              at.put("k", t.at(block.keys()).output());
              at.put("v", t.at(block.values()).output());
              at.put("attSm", t.at(block.pattern()).output());
              at.put("y", t.at(block.join()).input());
              at.put("yProj", t.at(block.attn).output());
              at.put("attnResid", t.at(block.ln2).input());
              at.put("ln2", t.at(block.ln2).output());
              at.put("fc", t.at(block.mlp.cFc).output());
              at.put("gelu", t.at(block.mlp.act).output());
              at.put("mlp", t.at(block.mlp).output());
              at.put("mlpResid", t.at(block).output());
              for (int i = 0; i < network.blocks().size(); i++) {
                at.put("block" + i, t.at(network.blocks().get(i)).output());
              }
              at.put("ln_f", t.at(network.finalNorm()).output());
              Tensor logits = t.at(network.head()).output();
              at.put("lm_head", logits);
              at.put("probs", logits.softmax(-1));
              return at;
            });
  }
}
