// The smallest program with a silo (or, for comparison, with an actor made by hand): answers one call, and prints how many milliseconds after
// its own start that was and how many megabytes were resident then.
//   usage: Squad.Bench.Start silo|channel
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Squad.Bench.Start;

if (args is ["silo"])
{
    var host = await PingSilo.StartAsync();
    await host.Services.GetRequiredService<IGrainFactory>().GetGrain<IPingGrain>(1).Ping(1);
}
else
{
    await new ChannelActor().Ping(1);
}

using var self = Process.GetCurrentProcess();
var ms = (TimeProvider.System.GetLocalNow().DateTime - self.StartTime).TotalMilliseconds;
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ms:0.0} {self.WorkingSet64 / 1e6:0.0}"));
