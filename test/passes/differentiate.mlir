// RUN: mlc-opt %s --mlc-differentiate | FileCheck %s

// The gradient uses the results of max and exp, not their operands.
// CHECK-LABEL: func @results_instead_of_operands
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4xf32>)
// CHECK: %[[ZERO:.*]] = mlc.constant dense<0.0{{.*}}> : tensor<4xf32>
// CHECK: %[[E:.*]] = mlc.exp %[[X]]
// CHECK: %[[R:.*]] = mlc.max %[[E]], %[[ZERO]]
// CHECK: mlc.reduce add %[[R]]
// CHECK: %[[ONE:.*]] = mlc.constant dense<1.0{{.*}}> : tensor<f32>
// CHECK: %[[G:.*]] = mlc.broadcast %[[ONE]] dims []
// CHECK: %[[MASK:.*]] = mlc.compare gt %[[R]], %[[ZERO]]
// CHECK: %[[NONE:.*]] = mlc.constant dense<0.0{{.*}}> : tensor<4xf32>
// CHECK: %[[GR:.*]] = mlc.select %[[MASK]], %[[G]], %[[NONE]]
// CHECK: %[[GX:.*]] = mlc.mul %[[GR]], %[[E]]
// CHECK-NOT: mlc.
// CHECK: return %[[GX]]
func.func @results_instead_of_operands(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = mlc.constant dense<0.0> : tensor<4xf32>
  %e = mlc.exp %x : tensor<4xf32>
  %r = mlc.max %e, %zero : tensor<4xf32>
  %loss = mlc.reduce add %r dims [0] : tensor<4xf32> -> tensor<f32>
  %g = mlc.gradient %loss wrt %x : tensor<f32> wrt tensor<4xf32>
  return %g : tensor<4xf32>
}

// A dense layer's gradients are products of the operands as they are.
// CHECK-LABEL: func @dense
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x3xf32>, %[[W:[^:]*]]: tensor<3x4xf32>, %[[B:[^:]*]]: tensor<4xf32>)
// CHECK: %[[G:.*]] = mlc.broadcast %{{.*}} dims [] : tensor<f32> -> tensor<8x4xf32>
// CHECK: %[[GB:.*]] = mlc.reduce add %[[G]] dims [0]
// CHECK: %[[GW:.*]] = mlc.dot_general %[[X]], %[[G]] batch [] x [] contract [0] x [0] : {{.*}} -> tensor<3x4xf32>
// CHECK-NOT: mlc.
// CHECK: return %[[GW]], %[[GB]]
func.func @dense(%x: tensor<8x3xf32>, %w: tensor<3x4xf32>, %b: tensor<4xf32>) -> (tensor<3x4xf32>, tensor<4xf32>) {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<8x3xf32>, tensor<3x4xf32> -> tensor<8x4xf32>
  %1 = mlc.broadcast %b dims [1] : tensor<4xf32> -> tensor<8x4xf32>
  %2 = mlc.add %0, %1 : tensor<8x4xf32>
  %loss = mlc.reduce add %2 dims [0, 1] : tensor<8x4xf32> -> tensor<f32>
  %g:2 = mlc.gradient %loss wrt %w, %b : tensor<f32> wrt tensor<3x4xf32>, tensor<4xf32>
  return %g#0, %g#1 : tensor<3x4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func @no_transposes
// CHECK-NOT: mlc.transpose
// CHECK: return
func.func @no_transposes(%x: tensor<2x5x3xf32>, %w: tensor<3x4xf32>, %v: tensor<6x4xf32>)
    -> (tensor<2x5x3xf32>, tensor<3x4xf32>, tensor<6x4xf32>) {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [2] x [0] : tensor<2x5x3xf32>, tensor<3x4xf32> -> tensor<2x5x4xf32>
  %1 = mlc.dot_general %0, %v batch [] x [] contract [2] x [1] : tensor<2x5x4xf32>, tensor<6x4xf32> -> tensor<2x5x6xf32>
  %loss = mlc.reduce add %1 dims [0, 1, 2] : tensor<2x5x6xf32> -> tensor<f32>
  %g:3 = mlc.gradient %loss wrt %x, %w, %v : tensor<f32> wrt tensor<2x5x3xf32>, tensor<3x4xf32>, tensor<6x4xf32>
  return %g#0, %g#1, %g#2 : tensor<2x5x3xf32>, tensor<3x4xf32>, tensor<6x4xf32>
}

// Cotangents add up in the order of the reverse walk; only what a variable
// needs is computed.
// CHECK-LABEL: func @accumulation
// CHECK-SAME: (%[[X:[^:]*]]: tensor<f32>, %[[Y:[^:]*]]: tensor<f32>)
// CHECK: %[[T:.*]] = mlc.tanh %[[X]]
// CHECK: %[[M:.*]] = mlc.mul %[[T]], %[[Y]]
// CHECK: mlc.add %[[M]], %[[T]]
// CHECK: %[[ONE:.*]] = mlc.constant dense<1.0{{.*}}>
// CHECK: %[[GM:.*]] = mlc.mul %[[ONE]], %[[Y]]
// CHECK: %[[GT:.*]] = mlc.add %[[ONE]], %[[GM]]
// CHECK: mlc.mul %[[T]], %[[T]]
// CHECK: mlc.sub
// CHECK: %[[G:.*]] = mlc.mul %[[GT]]
// CHECK: return %[[G]]
func.func @accumulation(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
  %t = mlc.tanh %x : tensor<f32>
  %m = mlc.mul %t, %y : tensor<f32>
  %loss = mlc.add %m, %t : tensor<f32>
  %g = mlc.gradient %loss wrt %x : tensor<f32> wrt tensor<f32>
  return %g : tensor<f32>
}

// Zero where nothing connects loss and variable, or where the program says so.
// CHECK-LABEL: func @zeros
// CHECK-DAG: %[[A:.*]] = mlc.constant dense<0.0{{.*}}> : tensor<2xf32>
// CHECK-DAG: %[[B:.*]] = mlc.constant dense<0.0{{.*}}> : tensor<f32>
// CHECK: return %[[A]], %[[B]]
func.func @zeros(%x: tensor<2xf32>, %y: tensor<f32>) -> (tensor<2xf32>, tensor<f32>) {
  %loss = mlc.stop_gradient %y : tensor<f32>
  %g:2 = mlc.gradient %loss wrt %x, %y : tensor<f32> wrt tensor<2xf32>, tensor<f32>
  return %g#0, %g#1 : tensor<2xf32>, tensor<f32>
}

// The variable may be a value on the way, and the loss itself.
// CHECK-LABEL: func @intermediate
// CHECK: %[[E:.*]] = mlc.exp
// CHECK: %[[L:.*]] = mlc.logistic %[[E]]
// CHECK: %[[ONE:.*]] = mlc.constant dense<1.0{{.*}}> : tensor<f32>
// CHECK: %[[GE:.*]] = mlc.mul %[[ONE]]
// CHECK: %[[GX:.*]] = mlc.mul %[[GE]], %[[E]]
// CHECK: return %[[GX]], %[[GE]], %[[ONE]]
func.func @intermediate(%x: tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  %e = mlc.exp %x : tensor<f32>
  %loss = mlc.logistic %e : tensor<f32>
  %g:3 = mlc.gradient %loss wrt %x, %e, %loss : tensor<f32> wrt tensor<f32>, tensor<f32>, tensor<f32>
  return %g#0, %g#1, %g#2 : tensor<f32>, tensor<f32>, tensor<f32>
}

// Ops without a rule are no error where no gradient passes through them.
// CHECK-LABEL: func @unknown_but_inactive
// CHECK: math.exp
// CHECK: mlc.mul
func.func @unknown_but_inactive(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
  %e = math.exp %y : tensor<f32>
  %loss = mlc.mul %x, %e : tensor<f32>
  %unused = math.exp %x : tensor<f32>
  %g = mlc.gradient %loss wrt %x : tensor<f32> wrt tensor<f32>
  return %g : tensor<f32>
}

// d/dx x*x*x = 3 x^2, differentiated again: 6 x. test/ir/GradientTest.cpp
// checks values; here it is enough that no gradient op is left.
// CHECK-LABEL: func @twice
// CHECK-NOT: mlc.gradient
// CHECK: return
func.func @twice(%x: tensor<f32>) -> tensor<f32> {
  %0 = mlc.mul %x, %x : tensor<f32>
  %1 = mlc.mul %0, %x : tensor<f32>
  %g = mlc.gradient %1 wrt %x : tensor<f32> wrt tensor<f32>
  %h = mlc.gradient %g wrt %x : tensor<f32> wrt tensor<f32>
  return %h : tensor<f32>
}

// Products of bfloat16 have gradients that are products of bfloat16, and so
// do convolutions and attention.
// CHECK-LABEL: func @bfloat16
// CHECK: mlc.attention {{.*}} {bfloat16}
// CHECK: mlc.convolution {{.*}} {bfloat16}
// CHECK: mlc.dot_general {{.*}} {bfloat16}
// CHECK: mlc.dot_general {{.*}} {bfloat16}
// CHECK: mlc.dot_general {{.*}} {bfloat16}
// CHECK: mlc.convolution_input {{.*}} {bfloat16}
// CHECK: mlc.convolution_filter {{.*}} {bfloat16}
// CHECK: mlc.attention_gradient {{.*}} {bfloat16}
func.func @bfloat16(%x: tensor<2x3x1x4xf32>, %f: tensor<1x4x5xf32>, %w: tensor<5x6xf32>)
    -> (tensor<2x3x1x4xf32>, tensor<1x4x5xf32>, tensor<5x6xf32>) {
  %o, %l = mlc.attention %x, %x, %x scale 5.000000e-01 {bfloat16} : tensor<2x3x1x4xf32>, tensor<2x3x1x4xf32>, tensor<2x3x1x4xf32> -> tensor<2x3x1x4xf32>, tensor<2x1x3xf32>
  %i = mlc.reshape %o : tensor<2x3x1x4xf32> -> tensor<2x3x4xf32>
  %c = mlc.convolution %i, %f strides [1] low [0] dilations [1] groups 1 {bfloat16} : tensor<2x3x4xf32>, tensor<1x4x5xf32> -> tensor<2x3x5xf32>
  %y = mlc.dot_general %c, %w batch [] x [] contract [2] x [0] {bfloat16} : tensor<2x3x5xf32>, tensor<5x6xf32> -> tensor<2x3x6xf32>
  %loss = mlc.reduce add %y dims [0, 1, 2] : tensor<2x3x6xf32> -> tensor<f32>
  %g:3 = mlc.gradient %loss wrt %x, %f, %w : tensor<f32> wrt tensor<2x3x1x4xf32>, tensor<1x4x5xf32>, tensor<5x6xf32>
  return %g#0, %g#1, %g#2 : tensor<2x3x1x4xf32>, tensor<1x4x5xf32>, tensor<5x6xf32>
}
