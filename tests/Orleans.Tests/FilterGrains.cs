using Orleans.Concurrency;

namespace Orleans.Tests;

/// <summary>Allows a method to those whose request context says "admin".</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AdminOnlyAttribute : Attribute;

public interface IFilteredGrain : IGrainWithStringKey
{
    Task<string> Echo(string text);
    Task<string> EchoThrough(string other, string text);
    ValueTask<int> Twice(int number);
    Task Fail(string message);
    Task FailThrough(string other, string message);
    Task Secret();
    [OneWay] Task Forget(string line);
}

/// <summary>Filters its own calls: a key "plain" reports nothing.</summary>
public sealed class FilteredGrain(Probe probe) : Grain, IFilteredGrain, IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.ImplementationMethod.IsDefined(typeof(AdminOnlyAttribute), false) && Runtime.RequestContext.Get("role") is not "admin")
            throw new UnauthorizedAccessException($"{context.MethodName} is for admins.");
        if (this.GetPrimaryKeyString() != "plain") probe.Report($"grain before {context.MethodName}");
        await context.Invoke();
        if (this.GetPrimaryKeyString() != "plain") probe.Report($"grain after {context.MethodName}");
    }

    public Task<string> Echo(string text)
    {
        probe.Report($"echo {text}");
        return Task.FromResult(text);
    }

    public Task<string> EchoThrough(string other, string text) => GrainFactory.GetGrain<IFilteredGrain>(other).Echo(text);

    public async ValueTask<int> Twice(int number)
    {
        await Task.Yield();
        return number * 2;
    }

    public async Task Fail(string message)
    {
        await Task.Yield();
        probe.Report($"fails {message}");
        throw new FormatException(message);
    }

    public Task FailThrough(string other, string message) => GrainFactory.GetGrain<IFilteredGrain>(other).Fail(message);

    [AdminOnly]
    public Task Secret() => Task.CompletedTask;

    public Task Forget(string line)
    {
        probe.Report(line);
        return Task.CompletedTask;
    }
}
