using Orleans.Runtime;

namespace Orleans.Tests;

public interface IRemindedGrain : IGrainWithStringKey
{
    Task Remind(string name, TimeSpan due, TimeSpan period);
    Task Forget(string name);
    Task ForgetTwice(string name);
    Task ForgetBehindAnUpdate(string name);
    Task<string?> Find(string name);
    Task<string[]> Names();
    Task Block(string gate);
    Task Die();
}

/// <summary>Reports its ticks. A reminder called "fails" fails, one called "waits" waits at the gate of that name.</summary>
public sealed class RemindedGrain(Probe probe) : Grain, IRemindedGrain, IRemindable
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        probe.Report("activated");
        return Task.CompletedTask;
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        probe.Report(reminderName);
        probe.Report($"{reminderName} first {status.FirstTickTime:HH:mm:ss} every {status.Period} now {status.CurrentTickTime:HH:mm:ss}");
        if (reminderName == "fails") throw new FormatException("It fails.");
        if (reminderName == "waits") await probe.Gate("waits");
    }

    public Task Remind(string name, TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder(name, due, period);

    public async Task Forget(string name) => await this.UnregisterReminder((await this.GetReminder(name))!);

    public async Task ForgetTwice(string name)
    {
        var reminder = await this.GetReminder(name);
        await this.UnregisterReminder(reminder!);
        await this.UnregisterReminder(reminder!);
    }

    public async Task ForgetBehindAnUpdate(string name)
    {
        var reminder = await this.GetReminder(name);
        await this.RegisterOrUpdateReminder(name, TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        await this.UnregisterReminder(reminder!);
    }

    public async Task<string?> Find(string name) => (await this.GetReminder(name))?.ReminderName;
    public async Task<string[]> Names() => [.. (await this.GetReminders()).Select(reminder => reminder.ReminderName).Order()];

    public Task Block(string gate)
    {
        probe.Report("blocks");
        return probe.Gate(gate);
    }

    public Task Die()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public interface IUnremindableGrain : IGrainWithStringKey
{
    Task Remind();
}

public sealed class UnremindableGrain : Grain, IUnremindableGrain
{
    public Task Remind() => this.RegisterOrUpdateReminder("x", TimeSpan.FromHours(1), TimeSpan.FromHours(1));
}
