//===-- tools/GraphPicture.cpp - a model's layers as a picture ------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/GraphPicture.h"
#include "tools/GraphLayout.h"
#include "tools/Summary.h"
#include "tools/TextTable.h"

#include <algorithm>
#include <sstream>

using namespace mlc::frontend;

namespace mlc::tools {

namespace {

constexpr double kHeight = 62, kLineHeight = 17, kCharacter = 7.4,
                 kPadding = 28;

struct Box {
  const char *kind; ///< class of the style sheet
  std::string title, type, detail;

  double width() const {
    return kPadding +
           kCharacter * static_cast<double>(std::max({characterCount(title),
                                                      characterCount(type),
                                                      characterCount(detail)}));
  }
};

/// Text as XML may hold it.
std::string escaped(const std::string &text) {
  constexpr char firstPrintable = ' ';
  std::string result;
  for (char c : text) {
    bool control = c >= 0 && c < firstPrintable;
    switch (c) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    default:
      result += control ? ' ' : c;
    }
  }
  return result;
}

class GraphPicture {
public:
  explicit GraphPicture(const Model &model) : model(model) {
    addInputs();
    addLayers();
    addOutputs();
    layout.run(kHeight);
  }

  std::string str() {
    out.precision(1);
    out << std::fixed;
    printHead();
    for (const std::vector<Point> &route : layout.routes())
      printEdge(route);
    for (size_t i = 0; i < boxes.size(); ++i)
      printBox(boxes[i], layout.position(i));
    out << "</svg>\n";
    return out.str();
  }

private:
  size_t add(Box box) {
    boxes.push_back(std::move(box));
    return layout.addNode(boxes.back().width());
  }

  void addInputs() {
    for (const Input &input : model.inputs)
      add({"input", input.name,
           std::string("Input, ") + dtypeName(input.type.dtype),
           frontend::shapeText(input.type.shape)});
  }

  // Producers are numbered as the boxes are: inputs, then layers.
  void addLayers() {
    for (const Layer &layer : model.layers) {
      int64_t count = countParameters(layer);
      std::string detail = shapesText(layer);
      if (count > 0)
        detail +=
            ", " + grouped(count) + (count == 1 ? " parameter" : " parameters");
      bool frozen = count > 0 && !layer.trainable;
      size_t box =
          add({frozen ? "frozen" : "layer", layer.name,
               layer.component.type + (frozen ? ", frozen" : ""), detail});
      for (const ValueId &input : layer.inputs)
        layout.addEdge(input.producer, box);
    }
  }

  void addOutputs() {
    for (const Output &output : model.outputs)
      layout.addEdge(output.value.producer,
                     add({"output", output.name, "Output",
                          output.loss ? output.loss->type : "no loss"}));
  }

  void printHead() {
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\""
        << layout.width() << "\" height=\"" << layout.height()
        << "\" viewBox=\"0 0 " << layout.width() << ' ' << layout.height()
        << "\">\n<title>" << escaped(model.name) << "</title>\n"
        << R"(<style>
  text { font: 12px sans-serif; text-anchor: middle; fill: #222 }
  .title { font-weight: bold; font-size: 13px }
  .detail { fill: #555 }
  rect { stroke: #456; fill: #e8f0f8 }
  .input { fill: #e6f4e6 } .output { fill: #fbeed5 } .frozen { fill: #eee }
  path { fill: none; stroke: #456; marker-end: url(#arrow) }
</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8"
  markerHeight="8" orient="auto"><polygon points="0,0 8,4 0,8" fill="#456"/>
</marker></defs>
<rect width="100%" height="100%" style="fill: white; stroke: none"/>
)";
  }

  /// A curve that leaves and enters boxes straight down.
  void printEdge(const std::vector<Point> &route) {
    Point at{route.front().x, route.front().y + kHeight / 2};
    out << "<path d=\"M" << at.x << ',' << at.y;
    for (size_t i = 1; i < route.size(); ++i) {
      bool last = i + 1 == route.size();
      Point to{route[i].x, route[i].y - kHeight / 2};
      double middle = (at.y + to.y) / 2;
      out << " C" << at.x << ',' << middle << ' ' << to.x << ',' << middle
          << ' ' << to.x << ',' << to.y;
      at = to;
      if (!last) {
        at.y = route[i].y + kHeight / 2;
        out << " L" << at.x << ',' << at.y;
      }
    }
    out << "\"/>\n";
  }

  void printText(const char *style, const std::string &text, Point at) {
    out << "  <text class=\"" << style << "\" x=\"" << at.x << "\" y=\"" << at.y
        << "\">" << escaped(text) << "</text>\n";
  }

  void printBox(const Box &box, Point at) {
    constexpr double baseline = 4;
    double width = box.width();
    out << "<g>\n  <rect class=\"" << box.kind << "\" x=\"" << at.x - width / 2
        << "\" y=\"" << at.y - kHeight / 2 << "\" width=\"" << width
        << "\" height=\"" << kHeight << "\" rx=\"6\"/>\n";
    printText("title", box.title, {at.x, at.y + baseline - kLineHeight});
    printText("type", box.type, {at.x, at.y + baseline});
    printText("detail", box.detail, {at.x, at.y + baseline + kLineHeight});
    out << "</g>\n";
  }

  const Model &model;
  std::vector<Box> boxes;
  GraphLayout layout;
  std::ostringstream out;
};

} // namespace

std::string drawGraph(const Model &model) { return GraphPicture(model).str(); }

} // namespace mlc::tools
