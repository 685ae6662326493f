using System.Collections.Immutable;
using Squad.Platform.Sandboxes;
using Squad.Platform.Sandboxes.Fake;

namespace Squad.Platform.Tests.Sandboxes;

public sealed class FakeSandboxEngineTests : SandboxEngineContract
{
    protected override ValueTask<SandboxWorld> MakeWorldAsync() => new(new FakeWorld());

    [Fact]
    public async Task It_can_be_told_to_refuse()
    {
        var fake = (FakeSandboxEngine)Engine;
        fake.Before = (call, _) => Task.FromResult(call == "create" ? SandboxErrors.DiskFull("full") : null);

        Assert.Equal(SandboxErrors.DiskFullCode, (await Engine.CreateAsync(World.Spec(Program.ExitsWith3), Cancellation)).Error?.Code);
        Assert.Empty(fake.Sandboxes);
    }

    [Fact]
    public async Task It_knows_only_the_images_it_is_given()
    {
        ((FakeSandboxEngine)Engine).Images.Add("other");
        Assert.Equal(SandboxErrors.ImageNotFoundCode, (await Engine.CreateAsync(World.Spec(Program.ExitsWith3), Cancellation)).Error?.Code);
    }

    [Fact]
    public async Task A_lost_sandbox_ends_its_wait_without_a_code()
    {
        var (sandbox, _) = await World.RunAsync(World.Spec(Program.EndsWhenAsked));
        var wait = Engine.WaitAsync(sandbox, Cancellation);
        ((FakeSandboxEngine)Engine).Lose(sandbox.Name);

        Assert.Null((await wait).Value!.Code);
        Assert.Null(await World.StatusAsync(sandbox));
    }

    [Fact]
    public async Task It_keeps_a_workspace_that_is_not_to_be_removed()
    {
        var spec = World.Spec(Program.ExitsWith3);
        var sandbox = await World.CreateAsync(spec);
        await Engine.RemoveAsync(sandbox, withWorkspace: false, Cancellation);
        Assert.Contains(spec.Name, ((FakeSandboxEngine)Engine).Workspaces);
    }

    private sealed class FakeWorld : SandboxWorld
    {
        private readonly FakeSandboxEngine engine = new() { Program = RunAsync };

        public override ISandboxEngine Engine => engine;

        // What a daemon would remember is in the fake itself.
        public override ISandboxEngine Restarted() => engine;

        protected override IReadOnlyDictionary<string, string> Describe(Program program, string script) =>
            ImmutableDictionary<string, string>.Empty.Add("PROGRAM", program.ToString());

        private static async Task<int> RunAsync(FakeSandbox sandbox)
        {
            var program = Enum.Parse<Program>(sandbox.Spec.Environment["PROGRAM"]);
            if (program == Program.ExitsWith3)
                return 3;
            await sandbox.Output.WriteAsync("ready\n"u8.ToArray());
            if (program == Program.Echoes)
            {
                using var reader = new StreamReader(sandbox.Input);
                while (await reader.ReadLineAsync() is { } line)
                    await sandbox.Output.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"got {line}\n"));
                return 0;
            }
            var asked = new TaskCompletionSource();
            if (program == Program.EndsWhenAsked)
                sandbox.TermReceived.Register(asked.SetResult);
            await asked.Task;
            return 42;
        }
    }
}
