//! `khabar run`

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tracing::info;

use super::{Common, Failure, Outcome};
use crate::config;
use crate::daemon::{self, Order};

pub(super) fn run(common: &Common) -> Outcome {
    let path = common.config_path()?;
    let config = common.load()?;
    common.log(&config.log.level);
    super::runtime()?.block_on(async {
        let (orders, inbox) = mpsc::channel(1);
        let mut stop = [
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        ];
        let mut hangup = signal(SignalKind::hangup())?;
        let listen = async {
            let [terminate, interrupt] = &mut stop;
            loop {
                let order = tokio::select! {
                    _ = terminate.recv() => Order::Stop,
                    _ = interrupt.recv() => Order::Stop,
                    _ = hangup.recv() => match config::load(&path) {
                        Ok(config) => Order::Reload(Box::new(config)),
                        Err(errors) => Order::Refused(errors.to_string()),
                    },
                };
                if orders.send(order).await.is_err() {
                    return;
                }
            }
        };
        let totals = tokio::select! {
            totals = daemon::run(config, super::clock(), inbox) => totals?,
            () = listen => return Err(Failure::Other("the daemon ended by itself".into())),
        };
        info!(
            written = totals.kept.written,
            last_seq = totals.last_seq,
            "stopped"
        );
        Ok(ExitCode::SUCCESS)
    })
}
