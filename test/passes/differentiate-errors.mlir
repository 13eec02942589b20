// RUN: mlc-opt %s --mlc-differentiate -split-input-file -verify-diagnostics

func.func @no_rule(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{'math.exp' has no gradient rule, and isn't declared to have none}}
  %loss = math.exp %x : tensor<f32>
  // expected-note @+1 {{needed by this gradient}}
  %g = mlc.gradient %loss wrt %x : tensor<f32> wrt tensor<f32>
  return %g : tensor<f32>
}

// -----

func.func private @layer(tensor<f32>) -> tensor<f32>
func.func @call(%x: tensor<f32>) -> tensor<f32> {
  %0 = mlc.neg %x : tensor<f32>
  // expected-error @+1 {{'func.call' has no gradient rule}}
  %1 = func.call @layer(%0) : (tensor<f32>) -> tensor<f32>
  %loss = mlc.neg %1 : tensor<f32>
  // expected-note @+1 {{needed by this gradient}}
  %g = mlc.gradient %loss wrt %x : tensor<f32> wrt tensor<f32>
  return %g : tensor<f32>
}

// -----

func.func @in_a_loop(%h: tensor<f32>) -> tensor<f32> {
  %r = mlc.scan 5 init(%h : tensor<f32>) over() with() -> tensor<f32> {
  ^bb0(%c: tensor<f32>):
    // expected-error @+1 {{'math.exp' has no gradient rule, and isn't declared to have none}}
    %0 = math.exp %c : tensor<f32>
    mlc.yield %0 : tensor<f32>
  }
  // expected-note @+1 {{needed by this gradient}}
  %g = mlc.gradient %r wrt %h : tensor<f32> wrt tensor<f32>
  return %g : tensor<f32>
}
