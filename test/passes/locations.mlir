// RUN: mlc-opt %s --mlc-differentiate --mlc-expand-optimizers --mlc-simplify --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// What a pass makes from an op carries the op's location: the layer's name, and
// the line of the model's file.
// CHECK-LABEL: func @train_step
// CHECK: mlc.exp {{.*}} loc("hidden"("model.json":7:5))
// CHECK: mlc.reduce {{.*}} loc("loss"("model.json":9:5))
// CHECK: mlc.sub {{.*}} loc("output"("model.json":8:5))
// CHECK: mlc.mul {{.*}} loc("hidden"("model.json":7:5))
// CHECK: mlc.mul {{.*}} loc("optimizer"("model.json":11:5))
// CHECK: mlc.sub {{.*}} loc("optimizer"("model.json":11:5))
func.func @train_step(%w: tensor<4xf32>, %n: tensor<i64>) -> (tensor<4xf32>, tensor<f32>) {
  %0 = mlc.exp %w : tensor<4xf32> loc("hidden"("model.json":7:5))
  %1 = mlc.tanh %0 : tensor<4xf32> loc("output"("model.json":8:5))
  %loss = mlc.reduce add %1 dims [0] : tensor<4xf32> -> tensor<f32> loc("loss"("model.json":9:5))
  %g = mlc.gradient %loss wrt %w : tensor<f32> wrt tensor<4xf32> loc("training"("model.json":10:5))
  %new = mlc.apply_gradient "sgd" "w" %w, %g, %n, {} : tensor<4xf32>, tensor<i64> loc("optimizer"("model.json":11:5))
  return %new, %loss : tensor<4xf32>, tensor<f32>
}
