// A phone's camera opened the address in a QR code. What follows "#" never reaches the server by itself: it is taken out of the
// address bar and sent as a form, and the answer shows the signed marks to compare.
"use strict";
(function () {
  var digits = location.hash.slice(1);
  if (!/^[0-9]{1,3000}$/.test(digits)) { return; }
  var form = document.getElementById("scanned");
  form.elements.qr.value = "https://" + location.host + location.pathname + "#" + digits;
  history.replaceState(null, "", location.pathname + location.search);
  form.hidden = false;
  form.submit();
})();
