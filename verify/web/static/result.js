// The button that prints the report appears only where a script can press it; without one the browser's own menu prints the same.
"use strict";
(function () {
  var button = document.getElementById("print");
  button.hidden = false;
  button.addEventListener("click", function () { window.print(); });
})();
