using Squad.Bench;

// Benches are found by their interface: a new one is a new file.
var benches = typeof(IBench).Assembly.GetTypes()
    .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IBench)))
    .Select(type => (IBench)Activator.CreateInstance(type)!)
    .OrderBy(bench => bench.Name, StringComparer.Ordinal)
    .ToList();

var asked = args.Length == 0 ? "" : args[0];
var chosen = asked == "all" ? benches : benches.Where(bench => bench.Name == asked).ToList();
if (chosen.Count == 0)
{
    Console.Error.WriteLine($"Usage: bench <name> [arguments], or bench all. {(asked.Length == 0 ? "" : $"There is no bench '{asked}'. ")}The benches:");
    foreach (var bench in benches)
        Console.Error.WriteLine($"  {bench.Name,-12} {bench.About}");
    return 2;
}

using var cancellation = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    cancellation.Cancel();
};
foreach (var bench in chosen)
{
    Console.WriteLine($"## {bench.Name}: {bench.About}\n");
    await bench.RunAsync(Console.Out, args.Skip(1).ToList(), cancellation.Token);
    Console.WriteLine();
}
return 0;
