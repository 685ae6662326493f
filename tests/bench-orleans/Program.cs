// The smallest program with a silo (or, for comparison, with actors made by hand) measures itself and prints a line 'name value' for each figure.
//   usage: Squad.Bench.Orleans silo|channel start|measure
using Squad.Bench.Orleans;

if (args is not [("silo" or "channel") and var kind, ("start" or "measure") and var what])
{
    Console.Error.WriteLine("usage: Squad.Bench.Orleans silo|channel start|measure");
    return 2;
}

var target = kind == "silo" ? await PingSilo.StartAsync() : ChannelActor.Find;
if (what == "start")
    await Measurements.StartAsync(target);
else
    await Measurements.CallsAsync(target);
return 0;
