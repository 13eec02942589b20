//===-- SignalWindow.h - options of what weighs samples -----------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Spectrograms and the initializer of their kernels have them.
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_COMPONENTS_SIGNALWINDOW_H
#define MLC_FRONTEND_COMPONENTS_SIGNALWINDOW_H

#include "frontend/Tables.h"

namespace mlc::frontend {

OptionRule windowOption();
OptionRule windowScalingOption();
OptionRule windowPeriodOption();

} // namespace mlc::frontend

#endif // MLC_FRONTEND_COMPONENTS_SIGNALWINDOW_H
