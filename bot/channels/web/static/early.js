// Before anything is drawn: say that scripts run, so that what only scripts can do is shown.
document.documentElement.classList.add("js");
