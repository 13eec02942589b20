// RUN: mlc-opt %s --mlc-expand-optimizers --mlc-simplify | FileCheck %s

// CHECK-LABEL: func @sgd
// CHECK-SAME: (%[[W:[^:]*]]: tensor<4xf32>, %[[G:[^:]*]]: tensor<4xf32>, %{{.*}}: tensor<i64>) -> tensor<4xf32>
// CHECK: %[[LR:.*]] = mlc.constant dense<0.00999999977> : tensor<4xf32>
// CHECK: %[[STEP:.*]] = mlc.mul %[[G]], %[[LR]]
// CHECK: %[[NEW:.*]] = mlc.sub %[[W]], %[[STEP]]
// CHECK: return %[[NEW]]
func.func @sgd(%w: tensor<4xf32>, %g: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  %0 = mlc.apply_gradient "sgd" "dense/bias" %w, %g, %n, {} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func @momentum
// CHECK-SAME: (%[[W:[^:]*]]: tensor<4xf32>, %[[G:[^:]*]]: tensor<4xf32>, %{{.*}}: tensor<i64>,
// CHECK-SAME: %[[M:[^:]*]]: tensor<4xf32> {mlc.name = "optimizer/dense/bias/momentum", mlc.role = "optimizer"})
// CHECK-SAME: -> (tensor<4xf32> {mlc.updates = 0 : i64},
// CHECK-SAME: tensor<4xf32> {mlc.name = "optimizer/dense/bias/momentum", mlc.role = "optimizer", mlc.updates = 3 : i64})
// CHECK-DAG: %[[LR:.*]] = mlc.constant dense<5.000000e-01>
// CHECK-DAG: %[[MU:.*]] = mlc.constant dense<0.899999976>
// CHECK: %[[STEP:.*]] = mlc.mul %[[G]], %[[LR]]
// CHECK: %[[KEPT:.*]] = mlc.mul %[[M]], %[[MU]]
// CHECK: %[[V:.*]] = mlc.sub %[[KEPT]], %[[STEP]]
// CHECK: %[[NEW:.*]] = mlc.add %[[W]], %[[V]]
// CHECK: return %[[NEW]], %[[V]]
func.func @momentum(%w: tensor<4xf32>, %g: tensor<4xf32>, %n: tensor<i64>) -> (tensor<4xf32> {mlc.updates = 0}) {
  %0 = mlc.apply_gradient "sgd" "dense/bias" %w, %g, %n, {learning_rate = 0.5, momentum = 0.9}
    : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func @nesterov
// CHECK: %[[STEP:.*]] = mlc.mul
// CHECK: %[[KEPT:.*]] = mlc.mul
// CHECK: %[[V:.*]] = mlc.sub %[[KEPT]], %[[STEP]]
// CHECK: %[[AHEAD:.*]] = mlc.mul %[[V]]
// CHECK: %[[MOVE:.*]] = mlc.sub %[[AHEAD]], %[[STEP]]
// CHECK: %[[NEW:.*]] = mlc.add %{{.*}}, %[[MOVE]]
// CHECK: return %[[NEW]], %[[V]]
func.func @nesterov(%w: tensor<4xf32>, %g: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  %0 = mlc.apply_gradient "sgd" "dense/bias" %w, %g, %n, {learning_rate = 0.5, momentum = 0.9, nesterov = true}
    : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// One bias correction for all parameters, exact near the first step.
// CHECK-LABEL: func @adam
// CHECK-SAME: %[[M0:[^:]*]]: tensor<4xf32> {mlc.name = "optimizer/dense/bias/momentum"
// CHECK-SAME: %[[V0:[^:]*]]: tensor<4xf32> {mlc.name = "optimizer/dense/bias/velocity"
// CHECK-SAME: %[[M1:[^:]*]]: tensor<2x4xf32> {mlc.name = "optimizer/dense/kernel/momentum"
// CHECK-SAME: %[[V1:[^:]*]]: tensor<2x4xf32> {mlc.name = "optimizer/dense/kernel/velocity"
// CHECK-SAME: mlc.updates = 5 : i64
// CHECK-SAME: mlc.updates = 6 : i64
// CHECK-SAME: mlc.updates = 7 : i64
// CHECK-SAME: mlc.updates = 8 : i64
// CHECK-COUNT-2: mlc.expm1
// CHECK-NOT: mlc.expm1
// CHECK: %[[RATE:.*]] = mlc.div %{{.*}}, %{{.*}} : tensor<f32>
// CHECK: mlc.broadcast %[[RATE]] dims [] : tensor<f32> -> tensor<4xf32>
// CHECK: mlc.broadcast %[[RATE]] dims [] : tensor<f32> -> tensor<2x4xf32>
func.func @adam(%b: tensor<4xf32>, %w: tensor<2x4xf32>, %gb: tensor<4xf32>, %gw: tensor<2x4xf32>, %n: tensor<i64>)
    -> (tensor<4xf32>, tensor<2x4xf32>) {
  %0 = mlc.apply_gradient "adam" "dense/bias" %b, %gb, %n, {} : tensor<4xf32>, tensor<i64>
  %1 = mlc.apply_gradient "adam" "dense/kernel" %w, %gw, %n, {} : tensor<2x4xf32>, tensor<i64>
  return %0, %1 : tensor<4xf32>, tensor<2x4xf32>
}

// The weight decays by learning rate times weight decay, before its step.
// CHECK-LABEL: func @adamw
// CHECK-SAME: (%[[W:[^:]*]]: tensor<4xf32>
// CHECK: %[[DECAY:.*]] = mlc.constant dense<2.500000e-01> : tensor<4xf32>
// CHECK: %[[LOST:.*]] = mlc.mul %[[W]], %[[DECAY]]
// CHECK: %[[KEPT:.*]] = mlc.sub %[[W]], %[[LOST]]
// CHECK: %[[STEP:.*]] = mlc.div %{{.*}}, %{{.*}} : tensor<4xf32>
// CHECK: %[[NEW:.*]] = mlc.sub %[[KEPT]], %[[STEP]]
// CHECK: return %[[NEW]]
func.func @adamw(%w: tensor<4xf32>, %g: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  %0 = mlc.apply_gradient "adamw" "dense/bias" %w, %g, %n, {learning_rate = 0.5, weight_decay = 0.5}
    : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func @amsgrad
// CHECK-SAME: %[[HAT:[^:]*]]: tensor<4xf32> {mlc.name = "optimizer/dense/bias/velocity_hat"
// CHECK: %[[MAX:.*]] = mlc.max %[[HAT]], %[[V:.*]] : tensor<4xf32>
// CHECK: mlc.sqrt %[[MAX]]
// CHECK: return %{{.*}}, %{{.*}}, %[[V]], %[[MAX]]
func.func @amsgrad(%w: tensor<4xf32>, %g: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  %0 = mlc.apply_gradient "adam" "dense/bias" %w, %g, %n, {amsgrad = true} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// A rate that follows the step: one scalar for all elements.
// CHECK-LABEL: func @schedule
// CHECK: %[[N:.*]] = mlc.convert %{{.*}} : tensor<i64> -> tensor<f32>
// CHECK: %[[EARLY:.*]] = mlc.compare le %[[N]], %{{.*}} : tensor<f32>
// CHECK: %[[RATE:.*]] = mlc.select %[[EARLY]]
// CHECK: %[[RATES:.*]] = mlc.broadcast %[[RATE]] dims [] : tensor<f32> -> tensor<4xf32>
// CHECK: %[[STEP:.*]] = mlc.mul %{{.*}}, %[[RATES]]
// CHECK: mlc.sub %{{.*}}, %[[STEP]]
func.func @schedule(%w: tensor<4xf32>, %g: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  %0 = mlc.apply_gradient "sgd" "dense/bias" %w, %g, %n,
    {learning_rate = {type = "PiecewiseConstantDecay", boundaries = [2], values = [0.5, 0.1]}}
    : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func @clip_value
// CHECK: %[[LOW:.*]] = mlc.max
// CHECK: %[[CLIPPED:.*]] = mlc.min %[[LOW]]
// CHECK: mlc.mul %[[CLIPPED]]
func.func @clip_value(%w: tensor<4xf32>, %g: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  %0 = mlc.apply_gradient "sgd" "dense/bias" %w, %g, %n, {clipvalue = 0.5} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}

// One norm of both gradients.
// CHECK-LABEL: func @clip_global
// CHECK-COUNT-2: mlc.reduce add
// CHECK-COUNT-1: mlc.sqrt
// CHECK-NOT: mlc.sqrt
func.func @clip_global(%w: tensor<4xf32>, %v: tensor<2x4xf32>, %g: tensor<4xf32>, %h: tensor<2x4xf32>,
                       %n: tensor<i64>) -> (tensor<4xf32>, tensor<2x4xf32>) {
  %0 = mlc.apply_gradient "sgd" "dense/bias" %w, %g, %n, {global_clipnorm = 1.0} : tensor<4xf32>, tensor<i64>
  %1 = mlc.apply_gradient "sgd" "dense/kernel" %v, %h, %n, {global_clipnorm = 1.0} : tensor<2x4xf32>, tensor<i64>
  return %0, %1 : tensor<4xf32>, tensor<2x4xf32>
}

// A slot of one number, which begins at 1.
// CHECK-LABEL: func @nadam
// CHECK-SAME: tensor<f32> {mlc.name = "optimizer/dense/bias/u_product", mlc.role = "optimizer"}
func.func @nadam(%w: tensor<4xf32>, %g: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
  %0 = mlc.apply_gradient "nadam" "dense/bias" %w, %g, %n, {} : tensor<4xf32>, tensor<i64>
  return %0 : tensor<4xf32>
}
