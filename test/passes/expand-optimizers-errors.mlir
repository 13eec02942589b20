// RUN: mlc-opt %s --mlc-expand-optimizers -split-input-file -verify-diagnostics

func.func @unknown_rule(%w: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  // expected-error @+2 {{unknown optimizer "adamix"}}
  // expected-note @+1 {{known are sgd, lion, adagrad, adadelta, rmsprop, adamax, adam, adamw, nadam}}
  %0 = mlc.apply_gradient "adamix" "w" %w, %w, %n, {} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// -----

func.func @unknown_option(%w: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  // expected-error @+2 {{optimizer "sgd" has no option "beta_1"}}
  // expected-note @+1 {{it has learning_rate, momentum, nesterov, weight_decay, clipnorm, clipvalue, global_clipnorm}}
  %0 = mlc.apply_gradient "sgd" "w" %w, %w, %n, {beta_1 = 0.9} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// -----

func.func @wrong_kind(%w: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  // expected-error @+1 {{option "learning_rate": expected a number or a schedule, found "fast"}}
  %0 = mlc.apply_gradient "adam" "w" %w, %w, %n, {learning_rate = "fast"} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// -----

func.func @wrong_boolean(%w: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  // expected-error @+1 {{option "nesterov" of optimizer "sgd": expected a boolean, found 1.000000e+00}}
  %0 = mlc.apply_gradient "sgd" "w" %w, %w, %n, {nesterov = 1.0} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// -----

func.func @unknown_schedule(%w: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  // expected-error @+2 {{unknown schedule "Linear"}}
  // expected-note @+1 {{known are ExponentialDecay, InverseTimeDecay, PolynomialDecay, CosineDecay, PiecewiseConstantDecay}}
  %0 = mlc.apply_gradient "adam" "w" %w, %w, %n, {learning_rate = {type = "Linear"}} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// -----

func.func @incomplete_schedule(%w: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  // expected-error @+1 {{schedule "CosineDecay" needs "decay_steps"}}
  %0 = mlc.apply_gradient "adam" "w" %w, %w, %n,
    {learning_rate = {type = "CosineDecay", initial_learning_rate = 0.1}} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// -----

func.func @uneven_pieces(%w: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  // expected-error @+1 {{schedule "PiecewiseConstantDecay": expected one value more than boundaries}}
  %0 = mlc.apply_gradient "adam" "w" %w, %w, %n,
    {learning_rate = {type = "PiecewiseConstantDecay", boundaries = [1, 2], values = [0.1, 0.2]}} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// -----

func.func @late_gradient(%w: tensor<4xf32>, %n: tensor<i64>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = mlc.apply_gradient "sgd" "w" %w, %w, %n, {global_clipnorm = 1.0} : tensor<4xf32>, tensor<i64>
  %g = mlc.neg %0 : tensor<4xf32>
  // expected-error @+1 {{with "global_clipnorm", all gradients must come before the first update}}
  %1 = mlc.apply_gradient "sgd" "v" %w, %g, %n, {global_clipnorm = 1.0} : tensor<4xf32>, tensor<i64>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}
