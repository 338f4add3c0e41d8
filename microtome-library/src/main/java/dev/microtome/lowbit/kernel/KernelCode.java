package dev.microtome.lowbit.kernel;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes an object of a kernel interface whose one method consists of written instructions.
final class KernelCode {
  private KernelCode() {}

  private static final Logger LOG = LoggerFactory.getLogger(KernelCode.class);

  static <K> K make(Class<K> type, String name, int vectorBits, Consumer<VectorCode> body) {
    LOG.debug("kernel {}, compiled as it should be: {}", name, Compilation.DIRECTED);
    Method run =
        Arrays.stream(type.getMethods()).filter(m -> m.getName().equals("run")).findFirst().get();
    byte[] bytes = classFile(type, run, name, vectorBits, body);
    try {
      var lookup = MethodHandles.lookup().defineHiddenClass(bytes, true);
      return type.cast(lookup.lookupClass().getDeclaredConstructor().newInstance());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the kernel " + name + " can't be made", e);
    }
  }

  private static byte[] classFile(
      Class<?> type, Method run, String name, int vectorBits, Consumer<VectorCode> body) {
    var parameters = Arrays.stream(run.getParameterTypes()).map(KernelCode::describe).toList();
    var self = ClassDesc.of(KernelCode.class.getPackageName(), name);
    return ClassFile.of()
        .build(
            self,
            builder ->
                builder
                    .withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER)
                    .withInterfaceSymbols(describe(type))
                    .withMethodBody(
                        ConstantDescs.INIT_NAME,
                        ConstantDescs.MTD_void,
                        ClassFile.ACC_PUBLIC,
                        code ->
                            code.aload(0)
                                .invokespecial(
                                    ConstantDescs.CD_Object,
                                    ConstantDescs.INIT_NAME,
                                    ConstantDescs.MTD_void)
                                .return_())
                    .withMethodBody(
                        run.getName(),
                        MethodTypeDesc.of(ConstantDescs.CD_void, parameters),
                        ClassFile.ACC_PUBLIC,
                        code -> body.accept(new VectorCode(code, vectorBits))));
  }

  private static ClassDesc describe(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }
}
