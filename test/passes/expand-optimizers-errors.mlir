// RUN: mlc-opt %s --mlc-expand-optimizers -split-input-file -verify-diagnostics

func.func @unknown_rule(%w: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  // expected-error @+2 {{unknown optimizer "adamax"}}
  // expected-note @+1 {{known are sgd, adam, adamw}}
  %0 = mlc.apply_gradient "adamax" "w" %w, %w, %n, {} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// -----

func.func @unknown_option(%w: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  // expected-error @+2 {{optimizer "sgd" has no option "beta_1"}}
  // expected-note @+1 {{it has learning_rate, momentum, nesterov, weight_decay}}
  %0 = mlc.apply_gradient "sgd" "w" %w, %w, %n, {beta_1 = 0.9} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// -----

func.func @wrong_kind(%w: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  // expected-error @+1 {{option "learning_rate" of optimizer "adam": expected a number, found "fast"}}
  %0 = mlc.apply_gradient "adam" "w" %w, %w, %n, {learning_rate = "fast"} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// -----

func.func @wrong_boolean(%w: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  // expected-error @+1 {{option "nesterov" of optimizer "sgd": expected a boolean, found 1.000000e+00}}
  %0 = mlc.apply_gradient "sgd" "w" %w, %w, %n, {nesterov = 1.0} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}
