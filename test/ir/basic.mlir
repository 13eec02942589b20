// RUN: mlc-opt %s | mlc-opt | FileCheck %s
// RUN: mlc-opt %s --mlir-print-op-generic | mlc-opt | FileCheck %s

// CHECK-LABEL: func @elementwise
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x3xf32>, %[[Y:[^:]*]]: tensor<2x3xf32>)
func.func @elementwise(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // CHECK: mlc.neg %[[X]] : tensor<2x3xf32>
  %0 = mlc.neg %x : tensor<2x3xf32>
  // CHECK: mlc.abs
  %1 = mlc.abs %0 : tensor<2x3xf32>
  // CHECK: mlc.sign
  %2 = mlc.sign %1 : tensor<2x3xf32>
  // CHECK: mlc.exp
  %3 = mlc.exp %2 : tensor<2x3xf32>
  // CHECK: mlc.expm1
  %4 = mlc.expm1 %3 : tensor<2x3xf32>
  // CHECK: mlc.log
  %5 = mlc.log %4 : tensor<2x3xf32>
  // CHECK: mlc.log1p
  %6 = mlc.log1p %5 : tensor<2x3xf32>
  // CHECK: mlc.sqrt
  %7 = mlc.sqrt %6 : tensor<2x3xf32>
  // CHECK: mlc.rsqrt
  %8 = mlc.rsqrt %7 : tensor<2x3xf32>
  // CHECK: mlc.tanh
  %9 = mlc.tanh %8 : tensor<2x3xf32>
  // CHECK: mlc.erf
  %10 = mlc.erf %9 : tensor<2x3xf32>
  // CHECK: mlc.logistic
  %11 = mlc.logistic %10 : tensor<2x3xf32>
  // CHECK: mlc.stop_gradient
  %12 = mlc.stop_gradient %11 : tensor<2x3xf32>
  // CHECK: mlc.round_bfloat16
  %rounded = mlc.round_bfloat16 %12 : tensor<2x3xf32>
  // CHECK: mlc.add %{{.*}}, %[[Y]] : tensor<2x3xf32>
  %13 = mlc.add %12, %y : tensor<2x3xf32>
  // CHECK: mlc.sub
  %14 = mlc.sub %13, %y : tensor<2x3xf32>
  // CHECK: mlc.mul
  %15 = mlc.mul %14, %y : tensor<2x3xf32>
  // CHECK: mlc.div
  %16 = mlc.div %15, %y : tensor<2x3xf32>
  // CHECK: mlc.max
  %17 = mlc.max %16, %y : tensor<2x3xf32>
  // CHECK: mlc.min
  %18 = mlc.min %17, %y : tensor<2x3xf32>
  // CHECK: mlc.compare lt %{{.*}}, %[[Y]] : tensor<2x3xf32> -> tensor<2x3xi1>
  %19 = mlc.compare lt %18, %y : tensor<2x3xf32> -> tensor<2x3xi1>
  // CHECK: mlc.not %{{.*}} : tensor<2x3xi1>
  %20 = mlc.not %19 : tensor<2x3xi1>
  // CHECK: mlc.and %{{.*}}, %{{.*}} : tensor<2x3xi1>
  %21 = mlc.and %19, %20 : tensor<2x3xi1>
  // CHECK: mlc.or %{{.*}}, %{{.*}} : tensor<2x3xi1>
  %22 = mlc.or %19, %21 : tensor<2x3xi1>
  // CHECK: mlc.select %{{.*}}, %{{.*}}, %[[Y]] : tensor<2x3xi1>, tensor<2x3xf32>
  %23 = mlc.select %22, %18, %y : tensor<2x3xi1>, tensor<2x3xf32>
  // CHECK: mlc.convert %{{.*}} : tensor<2x3xf32> -> tensor<2x3xf64>
  %24 = mlc.convert %23 : tensor<2x3xf32> -> tensor<2x3xf64>
  %25 = mlc.convert %24 : tensor<2x3xf64> -> tensor<2x3xf32>
  return %25 : tensor<2x3xf32>
}

// CHECK-LABEL: func @sources
func.func @sources(%key: tensor<2xi32>) -> (tensor<3xf32>, tensor<2x3xi64>, tensor<4x5xf32>) {
  // CHECK: mlc.constant dense<[1.0{{.*}}, 2.0{{.*}}, 3.0{{.*}}]> : tensor<3xf32>
  %0 = mlc.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  // CHECK: mlc.iota 1 : tensor<2x3xi64>
  %1 = mlc.iota 1 : tensor<2x3xi64>
  // CHECK: mlc.random %{{.*}} stream %{{.*}} : tensor<2xi32>, tensor<i32> -> tensor<4x5xf32>
  %stream = mlc.constant dense<7> : tensor<i32>
  %2 = mlc.random %key stream %stream : tensor<2xi32>, tensor<i32> -> tensor<4x5xf32>
  return %0, %1, %2 : tensor<3xf32>, tensor<2x3xi64>, tensor<4x5xf32>
}

// CHECK-LABEL: func @shape
func.func @shape(%x: tensor<4x6xf32>) -> tensor<11x5xf32> {
  // CHECK: mlc.reshape %{{.*}} : tensor<4x6xf32> -> tensor<8x3xf32>
  %0 = mlc.reshape %x : tensor<4x6xf32> -> tensor<8x3xf32>
  // CHECK: mlc.transpose %{{.*}} permutation [1, 0] : tensor<8x3xf32> -> tensor<3x8xf32>
  %1 = mlc.transpose %0 permutation [1, 0] : tensor<8x3xf32> -> tensor<3x8xf32>
  // CHECK: mlc.slice %{{.*}} offsets [0, 1] strides [2, 3] : tensor<3x8xf32> -> tensor<2x3xf32>
  %2 = mlc.slice %1 offsets [0, 1] strides [2, 3] : tensor<3x8xf32> -> tensor<2x3xf32>
  // CHECK: mlc.pad %{{.*}} low [1, 0] high [0, 2] interior [1, 0] : tensor<2x3xf32> -> tensor<4x5xf32>
  %3 = mlc.pad %2 low [1, 0] high [0, 2] interior [1, 0] : tensor<2x3xf32> -> tensor<4x5xf32>
  // CHECK: mlc.broadcast %{{.*}} dims [1, 2] : tensor<4x5xf32> -> tensor<7x4x5xf32>
  %4 = mlc.broadcast %3 dims [1, 2] : tensor<4x5xf32> -> tensor<7x4x5xf32>
  // CHECK: mlc.reduce max %{{.*}} dims [1] : tensor<7x4x5xf32> -> tensor<7x5xf32>
  %5 = mlc.reduce max %4 dims [1] : tensor<7x4x5xf32> -> tensor<7x5xf32>
  // CHECK: mlc.concatenate %{{.*}}, %{{.*}} dim 0 : tensor<7x5xf32>, tensor<4x5xf32> -> tensor<11x5xf32>
  %6 = mlc.concatenate %5, %3 dim 0 : tensor<7x5xf32>, tensor<4x5xf32> -> tensor<11x5xf32>
  return %6 : tensor<11x5xf32>
}

// CHECK-LABEL: func @contraction
func.func @contraction(%x: tensor<8x2x3xf32>, %y: tensor<8x5x3xf32>) -> tensor<8x2x5xf32> {
  // CHECK: mlc.dot_general %{{.*}}, %{{.*}} batch [0] x [0] contract [2] x [2]
  // CHECK-SAME: : tensor<8x2x3xf32>, tensor<8x5x3xf32> -> tensor<8x2x5xf32>
  %0 = mlc.dot_general %x, %y batch [0] x [0] contract [2] x [2]
    : tensor<8x2x3xf32>, tensor<8x5x3xf32> -> tensor<8x2x5xf32>
  return %0 : tensor<8x2x5xf32>
}

// CHECK-LABEL: func @training
func.func @training(%loss: tensor<f32>, %w: tensor<2x3xf32>, %b: tensor<3xf32>, %step: tensor<i64>)
    -> (tensor<2x3xf32>, tensor<3xf32>) {
  // CHECK: mlc.gradient %{{.*}} wrt %{{.*}}, %{{.*}} : tensor<f32> wrt tensor<2x3xf32>, tensor<3xf32>
  %g:2 = mlc.gradient %loss wrt %w, %b : tensor<f32> wrt tensor<2x3xf32>, tensor<3xf32>
  // CHECK: mlc.apply_gradient "adam" "dense/kernel" %{{.*}}, %{{.*}}#0, %{{.*}}, {beta_1 = 9.000000e-01 : f64}
  // CHECK-SAME: : tensor<2x3xf32>, tensor<i64>
  %0 = mlc.apply_gradient "adam" "dense/kernel" %w, %g#0, %step, {beta_1 = 0.9} : tensor<2x3xf32>, tensor<i64>
  %1 = mlc.apply_gradient "sgd" "dense/bias" %b, %g#1, %step, {} : tensor<3xf32>, tensor<i64>
  return %0, %1 : tensor<2x3xf32>, tensor<3xf32>
}

// CHECK-LABEL: func @kernels
func.func @kernels(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: mlc.fusion pointwise "hidden"(%{{.*}}) : (tensor<4xf32>) -> tensor<4xf32> {
  // CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<4xf32>):
  %0 = mlc.fusion pointwise "hidden"(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %1 = mlc.neg %a : tensor<4xf32>
    // CHECK: mlc.yield %{{.*}} : tensor<4xf32>
    mlc.yield %1 : tensor<4xf32>
  }
  // CHECK: mlc.launch @kernel(%{{.*}}) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = mlc.launch @kernel(%0) : (tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}
func.func private @kernel(tensor<4xf32>) -> tensor<4xf32>

// CHECK-LABEL: func @loop
func.func @loop(%w: tensor<4x4xf32>, %x: tensor<5x2x4xf32>, %h: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<5x2x4xf32>) {
  // CHECK: mlc.scan 5 reverse init(
  %0:2 = mlc.scan 5 reverse init(%h : tensor<2x4xf32>) over(%x : tensor<5x2x4xf32>) with(%w : tensor<4x4xf32>) -> tensor<2x4xf32>, tensor<5x2x4xf32> {
  ^bb0(%c: tensor<2x4xf32>, %s: tensor<2x4xf32>, %k: tensor<4x4xf32>):
  // CHECK: mlc.dot_general
    %1 = mlc.dot_general %c, %k batch [] x [] contract [1] x [0] : tensor<2x4xf32>, tensor<4x4xf32> -> tensor<2x4xf32>
  // CHECK: mlc.add
    %2 = mlc.add %1, %s : tensor<2x4xf32>
  // CHECK: mlc.tanh
    %3 = mlc.tanh %2 : tensor<2x4xf32>
    mlc.yield %3, %3 : tensor<2x4xf32>, tensor<2x4xf32>
  }
  return %0#0, %0#1 : tensor<2x4xf32>, tensor<5x2x4xf32>
}
// CHECK-LABEL: func @windows_rows_attention
func.func @windows_rows_attention(%x: tensor<2x5x5x4xf32>, %w: tensor<3x3x2x6xf32>, %t: tensor<9x4xf32>, %ids: tensor<2x3xi32>, %q: tensor<2x5x4x8xf32>, %k: tensor<2x7x2x8xf32>, %m: tensor<2x1x1x7xi1>) -> tensor<2x5x5x6xf32> {
  // CHECK: mlc.convolution
  %0 = mlc.convolution %x, %w strides [1, 1] low [1, 1] dilations [1, 1] groups 2 : tensor<2x5x5x4xf32>, tensor<3x3x2x6xf32> -> tensor<2x5x5x6xf32>
  // CHECK: mlc.convolution_input
  %1 = mlc.convolution_input %0, %w strides [1, 1] low [1, 1] dilations [1, 1] groups 2 : tensor<2x5x5x6xf32>, tensor<3x3x2x6xf32> -> tensor<2x5x5x4xf32>
  // CHECK: mlc.convolution_filter
  %2 = mlc.convolution_filter %x, %0 strides [1, 1] low [1, 1] dilations [1, 1] groups 2 : tensor<2x5x5x4xf32>, tensor<2x5x5x6xf32> -> tensor<3x3x2x6xf32>
  // CHECK: mlc.reduce_window max
  %3 = mlc.reduce_window max %x window [1, 2, 2, 1] strides [1, 2, 2, 1] low [0, 0, 0, 0] : tensor<2x5x5x4xf32> -> tensor<2x2x2x4xf32>
  // CHECK: mlc.select_window max
  %4 = mlc.select_window max %x, %3 window [1, 2, 2, 1] strides [1, 2, 2, 1] low [0, 0, 0, 0] : tensor<2x5x5x4xf32>, tensor<2x2x2x4xf32> -> tensor<2x5x5x4xf32>
  // CHECK: mlc.pick_window max
  %5 = mlc.pick_window max %x, %4 window [1, 2, 2, 1] strides [1, 2, 2, 1] low [0, 0, 0, 0] : tensor<2x5x5x4xf32>, tensor<2x5x5x4xf32> -> tensor<2x2x2x4xf32>
  // CHECK: mlc.spread_window
  %6 = mlc.spread_window %5 window [1, 2, 2, 1] strides [1, 2, 2, 1] low [0, 0, 0, 0] : tensor<2x2x2x4xf32> -> tensor<2x5x5x4xf32>
  // CHECK: mlc.gather
  %7 = mlc.gather %t, %ids : tensor<9x4xf32>, tensor<2x3xi32> -> tensor<2x3x4xf32>
  // CHECK: mlc.scatter_add
  %8 = mlc.scatter_add %t, %ids, %7 : tensor<9x4xf32>, tensor<2x3xi32>, tensor<2x3x4xf32>
  // CHECK: mlc.reverse
  %9 = mlc.reverse %t dims [0] : tensor<9x4xf32>
  // CHECK: mlc.attention
  %10, %11 = mlc.attention %q, %k, %k mask %m : tensor<2x1x1x7xi1> scale 0.125 causal : tensor<2x5x4x8xf32>, tensor<2x7x2x8xf32>, tensor<2x7x2x8xf32> -> tensor<2x5x4x8xf32>, tensor<2x4x5xf32>
  %12 = mlc.reduce add %q dims [3] : tensor<2x5x4x8xf32> -> tensor<2x5x4xf32>
  // CHECK: mlc.attention_gradient
  %13, %14, %15 = mlc.attention_gradient %q, %k, %k logsumexp %11 delta %12 cotangent %10 mask %m : tensor<2x1x1x7xi1> scale 0.125 causal : tensor<2x5x4x8xf32>, tensor<2x7x2x8xf32>, tensor<2x7x2x8xf32>, tensor<2x4x5xf32>, tensor<2x5x4xf32>, tensor<2x5x4x8xf32> -> tensor<2x5x4x8xf32>, tensor<2x7x2x8xf32>, tensor<2x7x2x8xf32>
  return %0 : tensor<2x5x5x6xf32>
}
