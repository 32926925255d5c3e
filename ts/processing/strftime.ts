const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December",
];

const DAY = 86_400_000;

/** A date in the C locale and local time, by Python's `strftime` directives; unknown ones stay as they are. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?)([A-Za-z%])/g, (directive, dash: string, letter: string) => {
    const text = expand(date, letter);
    if (text === undefined) return directive;
    return dash === "" ? text : text.replace(/^[0 ]+(?=\d)/, "");
  });
}

function expand(date: Date, letter: string): string | undefined {
  const two = (value: number): string => String(value).padStart(2, "0");
  const weekday = DAYS[date.getDay()] as string;
  const month = MONTHS[date.getMonth()] as string;
  const hour12 = date.getHours() % 12 || 12;
  switch (letter) {
    case "a": return weekday.slice(0, 3);
    case "A": return weekday;
    case "b":
    case "h": return month.slice(0, 3);
    case "B": return month;
    case "c": return strftime(date, "%a %b %e %H:%M:%S %Y");
    case "d": return two(date.getDate());
    case "D":
    case "x": return strftime(date, "%m/%d/%y");
    case "e": return String(date.getDate()).padStart(2, " ");
    case "f": return String(date.getMilliseconds() * 1000).padStart(6, "0");
    case "F": return strftime(date, "%Y-%m-%d");
    case "H": return two(date.getHours());
    case "I": return two(hour12);
    case "j": return String(dayOfYear(date) + 1).padStart(3, "0");
    case "m": return two(date.getMonth() + 1);
    case "M": return two(date.getMinutes());
    case "n": return "\n";
    case "p": return date.getHours() < 12 ? "AM" : "PM";
    case "R": return strftime(date, "%H:%M");
    case "S": return two(date.getSeconds());
    case "t": return "\t";
    case "T":
    case "X": return strftime(date, "%H:%M:%S");
    case "u": return String(date.getDay() || 7);
    case "U": return two(Math.floor((dayOfYear(date) + 7 - date.getDay()) / 7));
    case "w": return String(date.getDay());
    case "W": return two(Math.floor((dayOfYear(date) + 7 - ((date.getDay() + 6) % 7)) / 7));
    case "y": return two(date.getFullYear() % 100);
    case "Y": return String(date.getFullYear());
    // A moment without a time zone, as Python's datetime.now() is.
    case "z":
    case "Z": return "";
    case "%": return "%";
    default: return undefined;
  }
}

function dayOfYear(date: Date): number {
  const day = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((day - Date.UTC(date.getFullYear(), 0, 1)) / DAY);
}
