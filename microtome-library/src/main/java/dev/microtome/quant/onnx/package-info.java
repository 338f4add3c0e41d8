/// Floor 2: quantized networks as ONNX files.
///
/// [dev.microtome.quant.onnx.OnnxExport] turns a network into an
/// [dev.microtome.quant.onnx.OnnxGraph], in one of two flavours: with ONNX' own pairs of quantizing
/// and dequantizing nodes (QCDQ), which ONNX Runtime runs, or with QONNX' `Quant` nodes, which
/// tools for FPGAs read. [dev.microtome.quant.onnx.OnnxFile] writes it.
@NullMarked
package dev.microtome.quant.onnx;

import org.jspecify.annotations.NullMarked;
