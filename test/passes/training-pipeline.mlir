// RUN: mlc-opt %s --mlc-training-pipeline | FileCheck %s
// RUN: mlc-opt %s --mlc-training-pipeline > %t.1
// RUN: mlc-opt %s --mlc-training-pipeline > %t.2
// RUN: diff %t.1 %t.2

// A dense layer, softmax and cross-entropy, with SGD. Locations survive: the
// gradient's ops carry those of the ops they come from.
// CHECK-LABEL: func @train_step
// CHECK-SAME: (%[[W:[^:]*]]: tensor<6x3xf32> {{.*}}, %[[X:[^:]*]]: tensor<4x6xf32>, %[[T:[^:]*]]: tensor<4xi32>,
// CHECK: mlc.dot_general %[[X]], %[[W]] batch [] x [] contract [1] x [0]
// CHECK-NOT: mlc.stop_gradient
// CHECK: %[[G:.*]] = mlc.dot_general %[[X]], %{{.*}} batch [] x [] contract [0] x [0] : tensor<4x6xf32>, tensor<4x3xf32> -> tensor<6x3xf32>
// CHECK: %[[STEP:.*]] = mlc.mul %[[G]]
// CHECK: %[[NEW:.*]] = mlc.sub %[[W]], %[[STEP]]
// CHECK: return %[[NEW]]
func.func @train_step(%w: tensor<6x3xf32> {mlc.name = "logits/kernel", mlc.role = "parameter"},
                      %x: tensor<4x6xf32>, %t: tensor<4xi32>, %n: tensor<i64>)
    -> (tensor<6x3xf32> {mlc.updates = 0}, tensor<f32>) {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<4x6xf32>, tensor<6x3xf32> -> tensor<4x3xf32>
  %1 = mlc.reduce max %0 dims [1] : tensor<4x3xf32> -> tensor<4xf32>
  %2 = mlc.stop_gradient %1 : tensor<4xf32>
  %3 = mlc.broadcast %2 dims [0] : tensor<4xf32> -> tensor<4x3xf32>
  %4 = mlc.sub %0, %3 : tensor<4x3xf32>
  %5 = mlc.exp %4 : tensor<4x3xf32>
  %6 = mlc.reduce add %5 dims [1] : tensor<4x3xf32> -> tensor<4xf32>
  %7 = mlc.log %6 : tensor<4xf32>
  %8 = mlc.iota 1 : tensor<4x3xi32>
  %9 = mlc.broadcast %t dims [0] : tensor<4xi32> -> tensor<4x3xi32>
  %10 = mlc.compare eq %8, %9 : tensor<4x3xi32> -> tensor<4x3xi1>
  %zero = mlc.constant dense<0.0> : tensor<4x3xf32>
  %11 = mlc.select %10, %4, %zero : tensor<4x3xi1>, tensor<4x3xf32>
  %12 = mlc.reduce add %11 dims [1] : tensor<4x3xf32> -> tensor<4xf32>
  %13 = mlc.sub %7, %12 : tensor<4xf32>
  %loss = mlc.reduce add %13 dims [0] : tensor<4xf32> -> tensor<f32>
  %g = mlc.gradient %loss wrt %w : tensor<f32> wrt tensor<6x3xf32>
  %new = mlc.apply_gradient "sgd" "logits/kernel" %w, %g, %n, {learning_rate = 0.1} : tensor<6x3xf32>, tensor<i64>
  return %new, %loss : tensor<6x3xf32>, tensor<f32>
}
