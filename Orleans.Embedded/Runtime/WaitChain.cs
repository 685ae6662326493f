using System.Text;

namespace Orleans.Runtime;

/// <summary>
/// Says whom a grain that has not answered waits for itself, and so on: where calls go in a circle, and no call may interleave, that is the
/// reason. It is the state of now, told when a call has timed out; a grain with several calls under way is followed along one of them.
/// </summary>
internal static class WaitChain
{
    private const int LinksMax = 8;
    private const string Advice = "Declare the method [AlwaysInterleave] or the class [Reentrant], "
        + "or make the call within RequestContext.AllowCallChainReentrancy().";

    /// <summary>Empty when the callee waits for no call.</summary>
    public static string Describe(Call timedOut)
    {
        var runtime = timedOut.From!;
        var text = new StringBuilder();
        var seen = new HashSet<GrainId>();
        if (timedOut.SentBy is { } caller) seen.Add(caller);
        var waiting = timedOut.Target!.GrainId;
        while (seen.Count < LinksMax)
        {
            if (!seen.Add(waiting)) return text.Append(": a call cycle. " + Advice).ToString();
            // What is found may be answered, and its object used again, while it is read here: a wrong word in a message at worst.
            if (FindSentBy(waiting, runtime) is not { Target.GrainId: var next, Info: var info }) break;
            text.Append(text.Length == 0 ? $" {waiting} waits for {next} {info}" : $", which waits for {next} {info}");
            waiting = next;
        }
        return text.Length == 0 ? "" : text.Append('.').ToString();
    }

    private static Call? FindSentBy(GrainId grainId, SiloRuntime runtime)
    {
        if (runtime.Router is not { } router) return runtime.Calls.FindSentBy(grainId);
        return router.Fabric.Seated().Select(silo => silo.Calls.FindSentBy(grainId)).FirstOrDefault(call => call is not null);
    }
}
