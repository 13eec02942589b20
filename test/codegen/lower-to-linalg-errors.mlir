// RUN: mlc-opt %s --mlc-to-linalg -split-input-file -verify-diagnostics

func.func private @reshape(%x: tensor<2x3xf32>) -> tensor<6xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  // expected-error @+1 {{'mlc.reshape' op has no lowering to linalg}}
  %0 = mlc.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

// Gradients must be taken before.
func.func private @gradient(%x: tensor<f32>) -> tensor<f32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.exp %x : tensor<f32>
  // expected-error @+1 {{'mlc.gradient' op has no lowering to linalg}}
  %g = mlc.gradient %0 wrt %x : tensor<f32> wrt tensor<f32>
  return %g : tensor<f32>
}
