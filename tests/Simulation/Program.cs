using System.Diagnostics;
using System.Globalization;
using Squad.Simulation;

// squad-simulation simulate COUNT [SEED]: runs so many seeds from this one on, by two threads; one seed is told line by line.
if (args is not ["simulate", var count, .. var rest])
    return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

var first = rest is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 1;
var many = int.Parse(count, CultureInfo.InvariantCulture);
var began = Stopwatch.GetTimestamp();
var failures = Seeds.Run(first, many, many == 1 ? Console.Out.WriteLine : null, out var steps);
foreach (var failure in failures)
    Console.Out.WriteLine(failure.Message);
Console.Out.WriteLine($"{many} seeds from {first}: {failures.Count} failed, {steps} steps, {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
return failures.Count == 0 ? 0 : 1;
