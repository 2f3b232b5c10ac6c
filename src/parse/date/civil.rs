//! A day of one of the three calendars, as the Gregorian day it is.

use icu_calendar::cal::{Hijri, Iso, Persian};
use icu_calendar::{AsCalendar, Date as IcuDate};
use jiff::civil::Date as Day;

use super::Calendar;

/// The Gregorian day that a year, month and day of `calendar` name; `None` where there is no such
/// day. Solar Hijri follows the vernal equinox as Iran and Afghanistan observe it; lunar Hijri
/// follows the tables of Umm al-Qura, from which a local sighting may differ by a day.
pub(super) fn day(calendar: Calendar, year: i32, month: u8, day: u8) -> Option<Day> {
    match calendar {
        Calendar::Gregorian => {
            let year = i16::try_from(year).ok()?;
            Day::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
        }
        Calendar::SolarHijri => gregorian(IcuDate::try_new_persian(year, month, day).ok()?),
        Calendar::LunarHijri => {
            let calendar = Hijri::new_umm_al_qura();
            gregorian(IcuDate::try_new_hijri_with_calendar(year, month, day, calendar).ok()?)
        }
    }
}

/// The year of `calendar` in which a Gregorian day lies.
pub(super) fn year_of(calendar: Calendar, day: Day) -> Option<i32> {
    if calendar == Calendar::Gregorian {
        return Some(day.year().into());
    }
    let iso = IcuDate::try_new_iso(
        day.year().into(),
        u8::try_from(day.month()).ok()?,
        u8::try_from(day.day()).ok()?,
    )
    .ok()?;
    Some(match calendar {
        Calendar::SolarHijri => iso.to_calendar(Persian).year().extended_year(),
        _ => iso
            .to_calendar(Hijri::new_umm_al_qura())
            .year()
            .extended_year(),
    })
}

fn gregorian<A: AsCalendar>(date: IcuDate<A>) -> Option<Day> {
    let iso = date.to_calendar(Iso);
    Day::new(
        i16::try_from(iso.year().extended_year()).ok()?,
        i8::try_from(iso.month().ordinal).ok()?,
        i8::try_from(iso.day_of_month().0).ok()?,
    )
    .ok()
}
