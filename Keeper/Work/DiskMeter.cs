using System.Globalization;
using Squad.Keeper.Events;
using Squad.Keeper.Loop;
using Squad.Keeper.Processes;

namespace Squad.Keeper.Work;

/// <summary>
/// How many bytes of disk the workspace takes. Asked for often, measured seldom: a walk over a large tree costs seconds, so the last figure stands for a while, and
/// for as long as the engine has printed nothing.
/// </summary>
internal sealed class DiskMeter(Helper helper, EventWriter writer, string workspace)
{
    private const int StandsMs = 30_000;
    private const int TimeoutMs = 20_000;

    private Task<long?> _figure = Task.FromResult<long?>(null);
    private long _measured;
    private long _seen = -1;

    /// <summary>Null where it cannot be told: there is no <c>du</c>, or it took too long.</summary>
    public Task<long?> MeasureAsync()
    {
        var stands = _seen >= 0 && (_seen == writer.Outputs || EventLoop.Now - _measured < StandsMs);
        if (!_figure.IsCompleted || stands)
            return _figure;
        _seen = writer.Outputs;
        _measured = EventLoop.Now;
        return _figure = WalkAsync();
    }

    /// <summary>Reads <c>4096\t/workspace</c>. A du that could not enter some directory of the engine's still tells the rest.</summary>
    private async Task<long?> WalkAsync()
    {
        try
        {
            var du = await helper.RunAsync(["du", "-s", "-x", "-B1", "--", workspace], new Dictionary<string, string> { ["LC_ALL"] = "C", ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin" }, null, TimeoutMs);
            return du.Ending.Signal is null && long.TryParse(du.Output.Split('\t')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null;
        }
        catch (IOException)
        {
            // No descriptors are left for its pipes: the next time will tell.
            return null;
        }
    }
}
